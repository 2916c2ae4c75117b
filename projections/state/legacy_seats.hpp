#pragma once
// projections/state/legacy_seats.hpp: seats that are kept for desktops of the previous product until they call: they
// count against their licence, and only the desktop that agrees with one gets it. The rule: docs/formats/event.md,
// "Seats of the previous product"; why: docs/adr/0032-legacy-import.md.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <optional>
#include <vector>

#include "projections/state/device_match.hpp"
#include "projections/state/licenses.hpp"

namespace projections {

class StateReader;
class StateWriter;

/// One LegacySeatReserved, and what became of it.
struct LegacySeat {
    enum class Status : std::uint8_t { open, claimed, freed };
    ledger::LegacySeatReserved reserved;  ///< Its components are dropped once it is no longer open.
    ledger::SequenceNumber reserved_by;
    LicenseIndex license;
    Status status = Status::open;
    ledger::SequenceNumber settled_by;  ///< The event that claimed or freed it; 0 while it is open.
};

/// Part of the seat book; one thread. Open ones cost some 600 bytes each, others 250.
class LegacySeats {
 public:
    /// Total: what cannot be (an unknown licence, an id or a record twice) is passed over; judging finds it.
    /// @param licenses  has folded the event.
    void apply(const ledger::Event& event, const Licenses& licenses);
    /// A seat under this activation id was given.
    void claim(const ledger::ActivationId& id, ledger::SequenceNumber event, const Licenses& licenses) {
        if (!seats_.empty()) settle(id, event, LegacySeat::Status::claimed, licenses);
    }

    [[nodiscard]] const LegacySeat* find(const ledger::ActivationId& id) const;
    [[nodiscard]] const LegacySeat* find_record(const ledger::Digest& record) const;
    /// Open ones that count for this licence alone, without those whose seats it took over.
    [[nodiscard]] std::uint64_t of(LicenseIndex license) const {
        return license.value < open_of_.size() ? open_of_[license.value] : 0;
    }
    /// Open ones of all licences.
    [[nodiscard]] std::uint64_t open() const;
    /// The open one of the product that a device with these components gets: most agreeing kinds first, then the
    /// earliest. nullptr: none agrees.
    [[nodiscard]] const LegacySeat* match(ProductIndex product, ComponentView components,
                                          const Licenses& licenses) const;
    /// In the order of the events that reserved them.
    [[nodiscard]] const std::vector<LegacySeat>& all() const { return seats_; }

    void write(StateWriter& out) const;
    void read(StateReader& in, const Licenses& licenses);  ///< @pre nothing was folded; the licences have been read

 private:
    using Place = std::uint32_t;  // in seats_
    /// Ids and digests are random already.
    struct PrefixHash {
        template <class Bytes>
        std::size_t operator()(const Bytes& value) const {
            std::size_t hash = 0;
            std::memcpy(&hash, value.bytes.data(), sizeof hash);
            return hash;
        }
    };
    void enter(LegacySeat seat, const Licenses& licenses);
    void settle(const ledger::ActivationId& id, ledger::SequenceNumber event, LegacySeat::Status status,
                const Licenses& licenses);
    void index(Place place, const Licenses& licenses);
    void unindex(Place place, const Licenses& licenses);
    void read_one(StateReader& in, const Licenses& licenses);

    std::vector<LegacySeat> seats_;
    boost::unordered_flat_map<ledger::ActivationId, Place, PrefixHash> by_id_;
    boost::unordered_flat_map<ledger::Digest, Place, PrefixHash> by_record_;
    boost::unordered_flat_map<std::uint64_t, std::vector<Place>> by_component_;  // open ones
    std::vector<std::uint64_t> open_of_;                                         // by LicenseIndex
};

/// Whether a device with these components may have this seat.
[[nodiscard]] bool agrees_with(const LegacySeat& seat, ComponentView components, const Licenses& licenses);

}  // namespace projections
