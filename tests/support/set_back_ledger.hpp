#pragma once
// tests/support/set_back_ledger.hpp: a ledger whose key handed over, and that was then set back to before: what the
// next key signed meanwhile is known to clients alone.

#include "ledger/core/certificate_chain.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

/// Incarnation 1, with the maker's key, as it was before the hand-over. Copies of its folder: `old`, as it is; `newer`,
/// as it was when it was set back. One thread.
struct SetBackLedger {
    static constexpr std::uint64_t kept = 8;  ///< Events: 3 and 5 seats.

    SetBackLedger() : maker(folder.path() / "ledger", vendor, {.seats = 20}) {
        for (std::uint64_t device = 0; maker.size() < kept; ++device) maker.append(maker.activation(device));
        before = maker.last_head();
        maker.append(maker.activation(5));
        newest = maker.last_head();
        maker.close();
        std::filesystem::copy(maker.folder(), folder.path() / "old", std::filesystem::copy_options::recursive);
        maker.set_back(folder.path() / "old");
        hand_over();
        maker.close();
        std::filesystem::copy(maker.folder(), folder.path() / "newer", std::filesystem::copy_options::recursive);
        maker.set_back(folder.path() / "old");
        maker.go_on_as(1);
        swap_keys();
    }
    /// Any head of this server, signed by that key.
    [[nodiscard]] std::string head_of(ledger::Signer& key, std::uint32_t incarnation, std::uint64_t size) const {
        const ledger::Checkpoint head{{maker.origin().server_id, incarnation}, {{size}, {}}};
        return ledger::sign_note(ledger::default_suite(), head.body(), head.origin.text(), key).value();
    }
    /// An event that opens an incarnation, with its head: under another key than the maker's if there is one.
    void append(ledger::IncarnationOpened opened, std::optional<ledger::PrivateKey> key = std::nullopt) {
        if (key) maker.go_on_with(*std::move(key), vendor);
        maker.go_on_as(opened.incarnation);
        maker.append(ledger::EventDraft{
            {ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
            std::move(opened),
            {}});
    }

    TemporaryFolder folder;
    Vendor vendor;
    LedgerMaker maker;
    ledger::PrivateKey next_key = ledger::PrivateKey::generate();
    std::string before;                ///< A head that the ledger has.
    std::string newest;                ///< Its newest one.
    std::string shown;                 ///< The newest head by the next key, of incarnation 2.
    std::vector<ledger::Bytes> chain;  ///< The vendor's over the next key.

 private:
    void swap_keys() {
        auto key = std::move(maker.server_key());
        maker.go_on_with(std::move(next_key), vendor);
        next_key = std::move(key);
    }
    void hand_over() {
        auto opened = maker.rotation(2, next_key.public_key(), vendor);
        chain = {opened.server_certificate};
        swap_keys();
        append(std::move(opened));
        maker.append(maker.activation(6));
        shown = maker.last_head();
    }
};

}  // namespace support
