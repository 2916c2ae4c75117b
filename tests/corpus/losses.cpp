#include "tests/corpus/losses.hpp"

#include "snapshot/lost_ledger.hpp"
#include "snapshot/lost_log.hpp"

namespace corpus {

using Reason = ledger::IncarnationOpened::Reason;

Keys::Keys(const std::filesystem::path& folder) : Life(folder) {
    activate(0, 3);
    set_back_under_the_first_key();
    set_back_under_a_later_key();
    replaced();
    maker_.close();
}

void Keys::set_back_under_the_first_key() {
    copy_disk();
    activate_and_lose(10, "key-1-in-1");
    const std::string shown = maker_.last_head();
    lose_rest();
    open(Reason::witness, 2, shown);
    adopt("key-1-in-1");
    pass(31);
    append(two_people, ledger::UnclaimedFreed{{"L-1", 30}});

    copy_disk();
    activate_and_lose(11, "key-1-in-2");
    std::string anchor = anchor_note(14, AnchorVersion::one);
    lose_rest();
    open(Reason::restored, 3, std::move(anchor));
    adopt("key-1-in-2");

    copy_disk();
    activate_and_lose(12, "key-1-in-3");
    anchor = anchor_note(16, AnchorVersion::two);
    lose_rest();
    open(Reason::anchor, 4, std::move(anchor));
}

void Keys::set_back_under_a_later_key() {
    rotate(5);
    adopt("key-1-in-3");  // of the key before
    activate(4, 4);
    copy_disk();
    activate_and_lose(13, "key-2-in-5");
    std::string anchor = anchor_note(18, AnchorVersion::one);
    lose_rest();
    open(Reason::anchor, 6, std::move(anchor));
    adopt("key-2-in-5");
}

void Keys::replaced() {
    append(two_people, ledger::KeyCleared{ledger::default_suite().hash(maker_.server_key().public_key().spki())});
    replace_key(7, "REE-1", {});
    activate(5, 5);
    copy_disk();
    activate_and_lose(14, "key-3-in-7");
    std::string anchor = anchor_note(20, AnchorVersion::two);
    lose_rest();
    replace_key(7 + ledger::incarnations_left + 1, "REE-2", std::move(anchor));
    adopt("key-3-in-7");
    activate(6, 6);
}

LostLog::LostLog(const std::filesystem::path& folder, Key key, Anchor anchor_version) : Life(folder) {
    const ledger::Suite& suite = ledger::default_suite();
    const ledger::Bytes first_key = maker_.server_key().public_key().spki();
    activate(0, 1);
    activate_and_lose(2, "key-1");
    if (key == Key::later) {
        rotate(2);
        activate_and_lose(3, "key-2");
    }
    const bool digests = anchor_version == Anchor::version_1;
    const std::string note = anchor_note(9, digests ? AnchorVersion::one : AnchorVersion::two);
    const ledger::PublicKey& present = maker_.server_key().public_key();
    const ledger::Anchor anchor = ledger::verify_anchor(suite, ledger::as_bytes(note), present).value();
    ledger::Bytes certificate;
    if (key == Key::later) certificate = maker_.server_certificate().der();

    pass(1);
    const snapshot::LostLog lost{suite,   {},   anchor,     ledger::as_bytes(note), vendor_.root(), first_key,
                                 "0.1.0", now_, certificate};
    auto first = snapshot::first_events(lost);
    if (certificate.empty()) {
        first.push_back({two_people, ledger::ServerCertified{{maker_.server_certificate().der()}}, {}});
    }
    first.push_back({two_people, ledger::LicenseImported{"L-1", license_bin_}, {}});
    begin_anew(snapshot::origin_after(lost), first);
    adopt("key-1");
    if (key == Key::later) adopt("key-2");
    activate(20, 20);
    maker_.close();
}

LostLedger::LostLedger(const std::filesystem::path& folder) : Life(folder) {
    activate(0, 2);
    activate_and_lose(3, "key-1");
    pass(1);
    auto next = ledger::PrivateKey::generate();
    ledger::Reendorsement stated = maker_.reendorsement(next.public_key(), vendor_);
    constexpr std::uint64_t open_seats = seats - 7;
    stated.issued_at = now_;
    stated.lost_log = ledger::LostLogTerms{1 + ledger::incarnations_left, {{"L-1", terms_digest(), seats, open_seats}}};
    const auto file = ledger::verify_reendorsement(vendor_.reendorsement_bin(stated), vendor_.root()).value();
    const snapshot::LostLedger lost{ledger::default_suite(),
                                    {},
                                    file,
                                    vendor_.root(),
                                    maker_.server_key().public_key(),
                                    maker_.anchor(maker_.tree_head(), 0).device_salt,
                                    maker_.last_head(),
                                    {},
                                    0,
                                    "0.1.0",
                                    now_};
    auto first = snapshot::first_events(lost);
    first.push_back({two_people, ledger::LicenseImported{"L-1", license_bin_}, {}});
    begin_anew(snapshot::origin_after(lost), first, &next);
    adopt("key-1");
    activate(20, 20);
    maker_.close();
}

}  // namespace corpus
