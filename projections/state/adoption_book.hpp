#pragma once
// projections/state/adoption_book.hpp: which seats of earlier incarnations were proven, and what became of each. Part
// of the state for the ledger's life: a seat that was given back is not adopted again. Rules: docs/formats/event.md,
// "Adoption".

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "ledger/core/adoption_proof.hpp"

namespace projections {

class StateReader;
class StateWriter;

struct Adoption {
    enum class Standing : std::uint8_t {
        pending,  ///< Proven; waits for an administrator.
        adopted,
        refused,  ///< By an administrator.
    };
    ledger::SeatRank rank;         ///< Of the newest proof.
    ledger::SequenceNumber proof;  ///< Its AdoptionProven.
    Standing standing = Standing::pending;
    bool operator==(const Adoption&) const = default;
};

/// One thread.
class AdoptionBook {
 public:
    /// Total: a proof that cannot be read, or an adoption without one, is passed over.
    void apply(const ledger::Event& event);
    [[nodiscard]] const Adoption* find(const ledger::ActivationId& id) const;
    [[nodiscard]] std::uint64_t pending() const { return pending_; }
    [[nodiscard]] std::uint64_t adopted() const { return adopted_; }
    struct Pending {
        ledger::ActivationId id;
        Adoption adoption;
    };
    /// Those that wait, the oldest first, at most `most`. Looks at all: not for the hot path.
    [[nodiscard]] std::vector<Pending> list_pending(std::size_t most) const;

    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    struct IdHash {
        std::size_t operator()(const ledger::ActivationId& id) const;
    };
    void put(const ledger::ActivationId& id, const Adoption& adoption);
    void set(const ledger::ActivationId& id, Adoption::Standing standing);
    void count(Adoption::Standing standing, std::uint64_t change);

    boost::unordered_flat_map<ledger::ActivationId, Adoption, IdHash> by_id_;
    std::uint64_t pending_ = 0;
    std::uint64_t adopted_ = 0;
};

}  // namespace projections
