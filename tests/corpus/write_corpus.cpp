// write-corpus FOLDER: a small ledger with the kinds of events that this version knows, but for four that need a second
// ledger or key, as FOLDER/export, and its vendor's root as FOLDER/root.pem. What it is for: tests/corpus/README.md.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>

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

/// Lives a ledger's life; every step is one that a server would take.
class Life {
 public:
    explicit Life(const std::filesystem::path& folder)
        : maker_(folder, vendor_, {.seats = 40, .lease = {false, lease_days, 20, grace_days}}) {}

    void live() {
        records_and_keys();
        seats();
        legacy_seats();
        documents();
        doubt_and_loss();
        report();
        // A new kind belongs in here. These four need a second ledger or a second key; test_adoption.py and
        // test_keys.py have them.
        for (const std::size_t kind : {kind_of<ledger::KeyCleared>(), kind_of<ledger::AdoptionProven>(),
                                       kind_of<ledger::SeatAdopted>(), kind_of<ledger::AdoptionRefused>()}) {
            kinds_.insert(kind);
        }
        ACTLEDGER_ASSERT(kinds_.size() == std::variant_size_v<EventBody>);
        maker_.close();
    }
    [[nodiscard]] const support::Vendor& vendor() const { return vendor_; }

 private:
    template <class Kind>
    static std::size_t kind_of() {
        return EventBody(Kind{}).index();
    }
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

    void records_and_keys() {
        kinds_ = {0, 1, 2};  // the maker's own: LedgerCreated, ServerCertified, LicenseImported
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
        ledger::Seat renewed = seat(1);
        renewed.lease_ends = now_ + ledger::minute + ledger::day * lease_days;
        renewed.grace_ends = renewed.lease_ends + ledger::day * grace_days;
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

    /// As it is on record after it was activated.
    [[nodiscard]] ledger::Seat seat(std::uint64_t device) const {
        return std::get<ledger::SeatActivated>(maker_.activation(device).body);
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

    support::Vendor vendor_;
    support::LedgerMaker maker_;
    Timestamp now_{support::Vendor::began.us + ledger::day.us * 2};
    std::set<std::size_t> kinds_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("write-corpus FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    const support::TemporaryFolder temporary;
    Life life(temporary.path() / "ledger");
    life.live();
    const auto log = ledger::open_log_reader(temporary.path() / "ledger").value();
    const auto writer = snapshot::ExportWriter::open(folder / "export", *log, {}).value();
    const auto run = writer->run().value();
    std::filesystem::remove(folder / "export/.lock");
    std::ofstream(folder / "root.pem") << life.vendor().root().pem();
    std::printf("%llu events in %s\n", static_cast<unsigned long long>(run.after.value), folder.c_str());
}
