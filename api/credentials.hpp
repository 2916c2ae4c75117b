#pragma once
// api/credentials.hpp: the Authorization header, and challenges that a device signs with its key.
// The signed text: docs/formats/http.md. ADR: docs/adr/0019-device-keys-and-challenges.md.

#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "api/request.hpp"
#include "ledger/core/bytes.hpp"
#include "ledger/core/suite.hpp"

namespace api {

struct NoCredentials {};
struct BearerKey {
    std::string_view key;
};
struct DeviceSignature {
    std::string_view challenge;  ///< base64url, as it was given out.
    ledger::Bytes signature;     ///< DER.
};
using Credentials = std::variant<NoCredentials, BearerKey, DeviceSignature>;

/// @return errc::credentials_malformed (fact: problem) for anything but nothing, "Bearer …" and "Device …".
[[nodiscard]] ledger::Result<Credentials> parse_authorization(std::string_view header);

/// The key of a "Bearer …" header; empty for any other, also for one that parse_authorization refuses.
[[nodiscard]] std::string_view bearer_key(std::string_view header);

/// What a device signs: the whole request, this ledger and the challenge.
[[nodiscard]] std::string device_proof_text(const ledger::Suite& suite, const Request& request, std::string_view origin,
                                            std::string_view challenge);

/// Gives out challenges without keeping them: each carries its time and a MAC of this process's secret. Only those that
/// were used are kept, until they are too old anyway. Any thread.
class ChallengeBook {
 public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds lifetime{60};
    static constexpr std::size_t used_max = 1'000'000;  ///< In one lifetime; beyond: errc overloaded.

    ChallengeBook();
    [[nodiscard]] std::string make(Clock::time_point now) const;
    /// Ours, and not too old. Says nothing of whether it was used. @return errc::challenge_unusable
    [[nodiscard]] ledger::Result<void> check(std::string_view challenge, Clock::time_point now) const;
    /// After the signature was found good: a stranger cannot use up anybody's place.
    /// @return errc::challenge_unusable if it was used before; ledger::errc::overloaded
    [[nodiscard]] ledger::Result<void> use(std::string_view challenge, Clock::time_point now);

 private:
    std::array<std::uint8_t, 32> secret_{};
    std::mutex mutex_;
    Clock::time_point turned_;
    boost::unordered_flat_set<std::string> used_;         ///< Since turned_.
    boost::unordered_flat_set<std::string> used_before_;  ///< In the lifetime before it.
};

/// The 401 that asks for a device's signature.
[[nodiscard]] Response challenge_response(const ChallengeBook& book, const ledger::Error& error,
                                          const Request& request);

}  // namespace api
