#pragma once
// snapshot/anchor_writer.hpp: signs the anchors that recovering writes, and puts them in all places.

#include <optional>
#include <span>

#include "ledger/core/anchor.hpp"
#include "projections/state/licenses.hpp"

namespace snapshot {

/// The newest anchor in all places that the key signed; nothing: there is none.
/// @return what reading returns
[[nodiscard]] ledger::Result<std::optional<ledger::Anchor>> read_anchor(const ledger::Suite& suite,
                                                                        const ledger::PublicKey& key,
                                                                        std::span<ledger::AnchorStore* const> stores);

/// One thread. What it is made of outlives it.
class AnchorWriter {
 public:
    /// @param stores  at least one (asserted); the first one must be written, a failure of another is remembered.
    AnchorWriter(const ledger::Suite& suite, ledger::Anchor anchor, ledger::Signer& signer,
                 std::span<ledger::AnchorStore* const> stores);

    /// Nothing is known of what was given: all of each licence may have been.
    void reserve_all(const projections::Licenses& licenses);
    [[nodiscard]] ledger::Result<void> write(const ledger::Origin& origin, const ledger::TreeHead& head);
    [[nodiscard]] const ledger::Anchor& anchor() const { return anchor_; }
    [[nodiscard]] const std::optional<ledger::Error>& second_failing() const { return second_failing_; }

 private:
    const ledger::Suite& suite_;
    ledger::Anchor anchor_;
    ledger::Signer& signer_;
    const std::span<ledger::AnchorStore* const> stores_;
    std::optional<ledger::Error> second_failing_;
};

}  // namespace snapshot
