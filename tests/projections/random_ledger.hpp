#pragma once
// tests/projections/random_ledger.hpp: a ledger that a seed decides: every kind of event, and now and then one that no
// server would have written, because a fold is total.

#include "tests/projections/random_losses.hpp"

namespace support {

class RandomLedger : public RandomLosses {
 public:
    explicit RandomLedger(std::uint64_t seed) : RandomLosses(seed) {}

    /// Appends one event, or a few that belong together.
    void step() {
        now = now + ledger::second * static_cast<std::int64_t>(random() % 7'200);
        switch (random() % 24) {
            case 0:
                return rare();
            case 1:
            case 2:
                return over(ledger::SeatReleased{any_id()});
            case 3:
                return over(ledger::SeatExpired{any_id()});
            case 4:
            case 5:
            case 6:
                return renew();
            case 7:
            case 8:
                return change_device();
            case 9:
                return after_loss();
            default:
                return activate();
        }
    }

 private:
    void rare() {
        const auto number = static_cast<std::uint8_t>(random() % 8);
        switch (random() % 19) {
            case 0:
                return import_next();
            case 1:
                return revoke();
            case 2:
                return over(ledger::EnrolmentKeyCreated{
                    {number}, ledger::default_suite().hash({&number, 1}), "pool", {number == 0 ? 0 : now.us}});
            case 3:
                return over(ledger::EnrolmentKeyRevoked{{number}});
            case 4:
                return over(
                    ledger::SettingChanged{number % 2 == 0 ? "open_enrolment" : "other" + std::to_string(number),
                                           number < 4 ? "true" : "false"});
            case 5:
                return over(ledger::TlsCertificateChanged{ledger::default_suite().hash({&number, 1})});
            case 6:
                return over(ledger::ServerCertified{{customer().certificate.der()}});
            case 7:
                return over(ledger::TimePutInDoubt{});
            case 8:
                return confirm_time();
            case 9:
                return over(ledger::AnnexErased{{number}, {}});
            case 10:
                return open_incarnation();
            case 11:
                return over(ledger::LogKeyCreated{
                    {number}, ledger::default_suite().hash({&number, 1}), "reader", {number == 0 ? 0 : now.us}});
            case 12:
                return over(ledger::LogKeyRevoked{{number}});
            case 13:
            case 14:
            case 15:
                return keep_legacy();
            case 16:
                return free_legacy();
            case 17:
                return over(ledger::ReportIssued{now, {events.size()}, number, {}, {}, number % 2 == 0});
            default:
                return over(ledger::LicenseImported{"nonsense", {1, 2, 3}});
        }
    }
    void confirm_time() {
        append(ledger::TimeConfirmed{now + ledger::day});
        now = now + ledger::day;
        if (random() % 2 == 0) append(ledger::TimeConfirmationUndone{events.back().sequence_number, ledger::day});
    }
};

}  // namespace support
