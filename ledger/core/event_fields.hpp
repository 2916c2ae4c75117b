#pragma once
// ledger/core/event_fields.hpp: what several kinds of events are made of. Field meanings and byte lengths:
// events.capnp.

#include <boost/container/small_vector.hpp>
#include <string>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

/// 16 bytes; text form: base32 (26 characters). Unique over all incarnations.
struct ActivationId {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const ActivationId&) const = default;
    [[nodiscard]] std::string text() const { return base32_encode(bytes); }
    /// @return errc::not_canonical for what text() would not have written.
    [[nodiscard]] static Result<ActivationId> parse(std::string_view text);
};

struct Actor {
    enum class Kind : std::uint16_t { server, device, operator_ };
    enum class Authority : std::uint16_t {
        none,
        enrolment_key,
        open_enrolment,
        device_key,
        local_account,
        hsm_pin_and_typed_confirmation
    };
    Kind kind = Kind::server;
    Authority authority = Authority::none;
    Bytes id;  ///< Enrolment key id, or empty.
    bool operator==(const Actor&) const = default;
};

enum class AnnexField : std::uint16_t { device_name, device_address, operator_name };
constexpr std::uint16_t annex_field_count = 3;

struct Commitment {
    AnnexField field{};
    Digest digest;
    bool operator==(const Commitment&) const = default;
};

/// A value that stands apart from the event, because it may be erased. At most 1,024 bytes of UTF-8.
struct AnnexValue {
    AnnexField field{};
    std::array<std::uint8_t, 16> salt{};
    std::string value;
    bool operator==(const AnnexValue&) const = default;
};

struct Component {
    std::string kind;
    Digest digest;
    auto operator<=>(const Component&) const = default;
};
constexpr std::size_t components_max = 16;
using Components = boost::container::small_vector<Component, 6>;

}  // namespace ledger
