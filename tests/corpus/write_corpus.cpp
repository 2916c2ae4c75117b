// write-corpus FOLDER: two small ledgers that have all kinds of events that this version knows: one that lives on, and
// one that lost its newest events and whose key is destroyed in the end. FOLDER/export and FOLDER/aftermath/export, and
// beside each its vendor's root as root.pem. What they are for: tests/corpus/README.md.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

#include "ledger/core/adoption_proof.hpp"
#include "ledger/core/event_codec.hpp"
#include "snapshot/export_writer.hpp"
#include "snapshot/statement_source.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using ledger::Actor;
using ledger::EventBody;
using ledger::Timestamp;

constexpr std::int64_t lease_days = 30, grace_days = 5;
const Actor one_person{Actor::Kind::operator_, Actor::Authority::local_account, {}};
const Actor two_people{Actor::Kind::operator_, Actor::Authority::hsm_pin_and_typed_confirmation, {}};
const Actor server{Actor::Kind::server, Actor::Authority::none, {}};

/// A ledger that is written event by event; every step is one that a server would take.
class Life {
 public:
    explicit Life(std::filesystem::path folder)
        : maker_(std::move(folder), vendor_, {.seats = 40, .lease = {false, lease_days, 20, grace_days}}) {}
    [[nodiscard]] const support::Vendor& vendor() const { return vendor_; }
    [[nodiscard]] const std::set<std::size_t>& kinds() const { return kinds_; }

 protected:
    std::uint64_t append(const Actor& actor, EventBody body, std::vector<ledger::AnnexValue> annex = {}) {
        return append({actor, std::move(body), std::move(annex)});
    }
    /// @return its sequence number
    std::uint64_t append(ledger::EventDraft draft) {
        kinds_.insert(draft.body.index());
        now_ = now_ + ledger::minute;
        maker_.append_at(std::span(&draft, 1), now_);
        return maker_.size() - 1;
    }
    void pass(std::int64_t days) { now_ = now_ + ledger::day * days; }
    /// As it is on record after it was activated.
    [[nodiscard]] ledger::Seat seat(std::uint64_t device) const {
        return std::get<ledger::SeatActivated>(maker_.activation(device).body);
    }
    /// With the lease that the next event gives.
    [[nodiscard]] ledger::Seat leased(ledger::Seat seat) const {
        seat.lease_ends = now_ + ledger::minute + ledger::day * lease_days;
        seat.grace_ends = seat.lease_ends + ledger::day * grace_days;
        return seat;
    }

    support::Vendor vendor_;
    support::LedgerMaker maker_;
    Timestamp now_{support::Vendor::began.us + ledger::day.us * 2};
    std::set<std::size_t> kinds_{0, 1, 2};  // the maker's own: LedgerCreated, ServerCertified, LicenseImported
};

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
        append({{Actor::Kind::device, Actor::Authority::device_key, {}}, ledger::SeatRenewed{renewed}, {}});
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
        const Timestamp jumped = now_ + ledger::minute + ledger::day;
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
        const auto image = folder.string() + ".image";
        std::filesystem::copy(folder, image, std::filesystem::copy_options::recursive);
        for (std::uint64_t device = 10; device < 13; ++device) {
            const std::uint64_t number = append(maker_.activation(device));
            lost_.push_back(ledger::adoption_of(
                ledger::ActivationFile::parse(maker_.activation_file(ledger::SequenceNumber{number})).value()));
        }
        const ledger::TreeHead known = maker_.tree_head();
        maker_.set_back(image);
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
        const Actor device{Actor::Kind::device, Actor::Authority::device_key, {}};
        const auto adopted = [&](std::uint64_t number, std::uint64_t proof) {
            return ledger::SeatAdopted{leased(seat(number)), ledger::SequenceNumber{proof}};
        };
        const std::uint64_t first = append(device, lost_[0]);
        append(device, adopted(10, first));
        pass(1);
        append(device, ledger::SeatRenewed{leased(seat(10))});
        append(device, lost_[1]);
        append(two_people, ledger::AdoptionRefused{support::LedgerMaker::activation_id(11)});
        const std::uint64_t third = append(device, lost_[2]);
        append(two_people, adopted(12, third));
    }

    std::vector<ledger::AdoptionProven> lost_;
};

void write(const std::filesystem::path& folder, const std::filesystem::path& ledger, const support::Vendor& vendor) {
    std::filesystem::create_directories(folder);
    const auto log = ledger::open_log_reader(ledger).value();
    const auto writer = snapshot::ExportWriter::open(folder / "export", *log, {}).value();
    const auto run = writer->run().value();
    std::filesystem::remove(folder / "export/.lock");
    std::ofstream(folder / "root.pem") << vendor.root().pem();
    std::printf("%llu events in %s\n", static_cast<unsigned long long>(run.after.value), folder.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("write-corpus FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const support::TemporaryFolder temporary;
    const InService in_service(temporary.path() / "in-service");
    const Aftermath aftermath(temporary.path() / "aftermath");
    std::set<std::size_t> kinds = in_service.kinds();
    kinds.insert(aftermath.kinds().begin(), aftermath.kinds().end());
    // A new kind belongs into one of the two.
    ACTLEDGER_ASSERT(kinds.size() == std::variant_size_v<EventBody>);
    write(folder, temporary.path() / "in-service", in_service.vendor());
    write(folder / "aftermath", temporary.path() / "aftermath", aftermath.vendor());
}
