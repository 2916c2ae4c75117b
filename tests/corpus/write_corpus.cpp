// write-corpus FOLDER: small ledgers that together have all kinds of events and all reasons for an incarnation that
// this version knows: FOLDER/export, FOLDER/aftermath/export and so on; beside each its vendor's root as root.pem, and
// in lost/ the activation files whose events it lost. What they are for: tests/corpus/README.md.

#include <cstdio>
#include <fstream>

#include "ledger/core/adoption_proof.hpp"
#include "snapshot/export_writer.hpp"
#include "snapshot/statement_source.hpp"
#include "tests/corpus/losses.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using corpus::Life;
using corpus::one_person;
using corpus::server;
using corpus::two_people;
using ledger::Actor;

/// A ledger in service, which loses nothing but what its anchor knew besides.
class InService : public Life {
 public:
    explicit InService(const std::filesystem::path& folder) : Life(folder) {
        records_and_keys();
        seats();
        legacy_seats();
        documents();
        doubt_and_loss();
        report();
        maker_.close();
    }

 private:
    void records_and_keys() {
        append(server, ledger::TlsCertificateChanged{ledger::default_suite().hash(ledger::as_bytes("certificate"))});
        append(one_person, ledger::EnrolmentKeyCreated{{1}, {{1}}, "三楼", {}});
        append(one_person, ledger::EnrolmentKeyCreated{{2}, {{2}}, "old pool", now_ + ledger::day * 400});
        append(one_person, ledger::EnrolmentKeyRevoked{{2}});
        append(one_person, ledger::LogKeyCreated{{3}, {{3}}, "auditor", {}});
        append(one_person, ledger::LogKeyRevoked{{3}});
        append(one_person, ledger::SettingChanged{"open_enrolment", "true"});
    }

    void seats() {
        for (std::uint64_t device = 0; device < 12; ++device) append(maker_.activation(device));
        pass(25);
        const ledger::Seat renewed = leased(seat(1));
        append(corpus::device_itself, ledger::SeatRenewed{renewed});
        ledger::Seat changed = renewed;
        changed.components.front().digest.bytes[0] ^= 1;
        append({{Actor::Kind::device, Actor::Authority::open_enrolment, {}}, ledger::SeatDeviceChanged{changed}, {}});
        append(two_people, ledger::SeatReleased{support::LedgerMaker::activation_id(2)});
        const std::uint64_t erased = append(maker_.activation(12));
        append(one_person, ledger::AnnexErased{{erased}, ledger::AnnexField::device_name});
        pass(11);  // 36 days since the first
        append(server, ledger::SeatExpired{support::LedgerMaker::activation_id(3)});
    }

    void legacy_seats() {
        std::vector<std::uint64_t> devices{100, 101, 102};
        for (const std::uint64_t device : devices) {
            const ledger::Seat like = seat(device);
            append(two_people,
                   ledger::LegacySeatReserved{like.activation_id, like.license_id, like.product, like.components,
                                              ledger::default_suite().hash(ledger::as_bytes(std::to_string(device))),
                                              support::Vendor::began, now_ + ledger::day * 10});
        }
        append(maker_.activation(devices[0]));  // its desktop has called
        pass(11);
        append(two_people, ledger::LegacySeatFreed{support::LedgerMaker::activation_id(devices[1])});
    }

    void documents() {
        ledger::Revocation revocation;
        revocation.revocation_id = "R-1";
        revocation.issued_at = support::Vendor::began + ledger::day;
        revocation.license_ids = {"L-9"};
        revocation.reason = "never delivered";
        append(one_person, ledger::RevocationImported{"R-1", vendor_.revocation_bin(revocation)});
        append(one_person, ledger::LicenseImported{"L-2", vendor_.license_bin(maker_.terms("L-2", 5))});
        append(server, ledger::ServerStarted{"0.1.1"});
    }

    void doubt_and_loss() {
        append(server, ledger::TimePutInDoubt{now_ + ledger::day * 3, ledger::TimePutInDoubt::Reason::stepped_forward});
        const ledger::Timestamp jumped = now_ + ledger::minute + ledger::day;
        const std::uint64_t confirmed = append(one_person, ledger::TimeConfirmed{jumped});
        now_ = jumped;
        append(two_people, ledger::TimeConfirmationUndone{{confirmed}, ledger::day});
        maker_.go_on_as(2);
        // Of L-1: 13 activated, 1 released, 1 expired, 1 claimed; and 1 is still kept.
        append(two_people, maker_.opening(2, maker_.size() + 20, 20, 13));
        append(two_people, ledger::SeatReleased{support::LedgerMaker::activation_id(12)});
        auto lent = maker_.activation(200);
        ledger::SeatLent seat{std::get<ledger::SeatActivated>(lent.body)};
        seat.lease_ends =
            now_ + ledger::minute - ledger::day + ledger::day * 7;  // judged a day earlier, since the undoing
        seat.grace_ends = seat.lease_ends;
        append({lent.actor, seat, lent.annex});
        pass(31);
        append(two_people, ledger::UnclaimedFreed{{"L-1", 2}});
    }

    void report() {
        const auto log = ledger::open_log_reader(maker_.folder()).value();
        const ledger::TreeSize size{maker_.size()};
        projections::StatementMaker statement(snapshot::statement_source_in(*log), size, now_);
        while (!statement.step().value()) continue;
        append(one_person, ledger::ReportIssued{now_, size, statement.totals().seats, statement.head().root,
                                                statement.digest(), true});
    }
};

/// A disk was set back: three seats are lost, and their desktops show their files. In the end the key is destroyed.
class Aftermath : public Life {
 public:
    explicit Aftermath(const std::filesystem::path& folder) : Life(folder) {
        for (std::uint64_t device = 0; device < 4; ++device) append(maker_.activation(device));
        copy_disk();
        for (std::uint64_t device = 10; device < 13; ++device) {
            const std::uint64_t number = append(maker_.activation(device));
            lost_.push_back(ledger::adoption_of(
                ledger::ActivationFile::parse(maker_.activation_file(ledger::SequenceNumber{number})).value()));
        }
        const ledger::TreeHead known = maker_.tree_head();
        lose_rest();
        open(known);
        adopt();
        append(two_people, ledger::KeyCleared{ledger::default_suite().hash(maker_.server_key().public_key().spki())});
        maker_.close();
    }

 private:
    /// Of five seats that the anchor had reserved the log shows four.
    void open(const ledger::TreeHead& known) {
        ledger::IncarnationOpened opened;
        opened.incarnation = 2;
        opened.reason = ledger::IncarnationOpened::Reason::anchor;
        opened.kept_head = maker_.last_head();
        opened.known_head = ledger::as_text(
            ledger::sign_anchor(ledger::default_suite(), maker_.anchor(known, 5), maker_.server_key()).value());
        opened.unclaimed = {{"L-1", 1}};
        maker_.go_on_as(2);
        append(two_people, opened);
    }

    /// The first takes the unclaimed seat and is confirmed by a renewal; the others wait for people.
    void adopt() {
        const auto adopted = [&](std::uint64_t number, std::uint64_t proof) {
            return ledger::SeatAdopted{leased(seat(number)), ledger::SequenceNumber{proof}};
        };
        const std::uint64_t first = append(corpus::device_itself, lost_[0]);
        append(corpus::device_itself, adopted(10, first));
        pass(1);
        append(corpus::device_itself, ledger::SeatRenewed{leased(seat(10))});
        append(corpus::device_itself, lost_[1]);
        append(two_people, ledger::AdoptionRefused{support::LedgerMaker::activation_id(11)});
        const std::uint64_t third = append(corpus::device_itself, lost_[2]);
        append(two_people, adopted(12, third));
    }

    std::vector<ledger::AdoptionProven> lost_;
};

void write(const std::filesystem::path& folder, const Life& life) {
    std::filesystem::create_directories(folder);
    const auto log = ledger::open_log_reader(life.folder()).value();
    const auto writer = snapshot::ExportWriter::open(folder / "export", *log, {}).value();
    const auto run = writer->run().value();
    std::filesystem::remove(folder / "export/.lock");
    std::ofstream(folder / "root.pem") << life.vendor().root().pem();
    for (const auto& [name, file] : life.lost_files()) {
        std::filesystem::create_directories(folder / "lost");
        std::ofstream(folder / "lost" / (name + ".tlog-proof")) << file;
    }
    std::printf("%llu events in %s\n", static_cast<unsigned long long>(run.after.value), folder.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("write-corpus FOLDER\n", stderr);
        return 2;
    }
    using corpus::LostLog;
    const std::filesystem::path folder = argv[1];
    const support::TemporaryFolder temporary;
    const auto place = [&](const char* name) { return temporary.path() / name; };
    write(folder, InService(place("in-service")));
    write(folder / "aftermath", Aftermath(place("aftermath")));
    write(folder / "keys", corpus::Keys(place("keys")));
    const auto lose_log = [&](const char* name, LostLog::Key key, LostLog::Anchor anchor) {
        write(folder / name, LostLog(place(name), key, anchor));
    };
    lose_log("lost-log", LostLog::Key::first, LostLog::Anchor::version_2);
    lose_log("lost-log-anchor-1", LostLog::Key::first, LostLog::Anchor::version_1);
    lose_log("lost-log-later-key", LostLog::Key::later, LostLog::Anchor::version_2);
    write(folder / "lost-ledger", corpus::LostLedger(place("lost-ledger")));
}
