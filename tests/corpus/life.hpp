#pragma once
// tests/corpus/life.hpp: a ledger that is written event by event, for the corpus; every step is one that a server or
// `actledger` would take.

#include <map>
#include <memory>

#include "projections/state/ledger_state.hpp"
#include "tests/support/ledger_maker.hpp"

namespace corpus {

constexpr std::int64_t lease_days = 30, grace_days = 5;
constexpr std::uint64_t seats = 40;  ///< Of L-1, the licence that each of them has.
const ledger::Actor one_person{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}};
const ledger::Actor two_people{
    ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}};
const ledger::Actor server{ledger::Actor::Kind::server, ledger::Actor::Authority::none, {}};
const ledger::Actor device_itself{ledger::Actor::Kind::device, ledger::Actor::Authority::device_key, {}};

/// One thread.
class Life {
 public:
    explicit Life(std::filesystem::path folder)
        : maker_(std::move(folder), vendor_,
                 {.seats = seats, .lease = {false, lease_days, 20, grace_days}, .with_license = true}) {}
    [[nodiscard]] const support::Vendor& vendor() const { return vendor_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return maker_.folder(); }
    /// Activation files that desktops have, and whose events the log has lost: by a name that says of what.
    [[nodiscard]] const std::map<std::string, std::string>& lost_files() const { return lost_files_; }

 protected:
    std::uint64_t append(const ledger::Actor& actor, ledger::EventBody body,
                         std::vector<ledger::AnnexValue> annex = {}) {
        return append({actor, std::move(body), std::move(annex)});
    }
    /// A minute after the one before. @return its sequence number
    std::uint64_t append(ledger::EventDraft draft);
    void activate(std::uint64_t first_device, std::uint64_t last_device);
    void pass(std::int64_t days) { now_ = now_ + ledger::day * days; }
    /// As it is on record after it was activated.
    [[nodiscard]] ledger::Seat seat(std::uint64_t device) const {
        return std::get<ledger::SeatActivated>(maker_.activation(device).body);
    }
    /// With the lease that the next event gives.
    [[nodiscard]] ledger::Seat leased(ledger::Seat seat) const;

    /// The device is activated, and its file is kept for later.
    void activate_and_lose(std::uint64_t device, const std::string& name);
    /// The desktop shows the file of that name: proof, adoption, and the renewal that confirms it.
    void adopt(const std::string& name);
    /// What the log holds now stays; see lose_rest().
    void copy_disk();
    /// The disk is as it was at the last copy_disk().
    void lose_rest();

    [[nodiscard]] std::unique_ptr<projections::LedgerState> folded() const;
    /// Version 1 is what the programs wrote before the present ones, and what a log of today may still name as known.
    enum class AnchorVersion { one, two };
    /// With the head as the log has it, and all keys; signed.
    [[nodiscard]] std::string anchor_note(std::uint64_t reserved, AnchorVersion version);
    /// Under the next number, with the kept head and the unclaimed seats that the log's past gives; it bears the time
    /// of the event before it.
    void open(ledger::IncarnationOpened opened);
    void open(ledger::IncarnationOpened::Reason reason, std::uint32_t incarnation, std::string known_head);
    /// The key that is there hands over to a new one.
    void rotate(std::uint32_t incarnation);
    /// The vendor hands over to a new key. @param known_head  as the event has it; empty: nothing is missing.
    void replace_key(std::uint32_t incarnation, const std::string& id, std::string known_head);
    /// A new log takes the place of the one that is lost; the key that signs it is the maker's from now on.
    void begin_anew(const ledger::Origin& origin, const std::vector<ledger::EventDraft>& first,
                    ledger::PrivateKey* key = nullptr);
    /// Of L-1, as the vendor has issued it.
    [[nodiscard]] ledger::Digest terms_digest() const;

    support::Vendor vendor_;
    support::LedgerMaker maker_;
    ledger::LicenseTerms terms_ = maker_.terms("L-1", seats);
    ledger::Bytes license_bin_ = vendor_.license_bin(terms_);
    ledger::Timestamp now_{support::Vendor::began.us + ledger::day.us * 2};

 private:
    void append_at(ledger::EventDraft draft, ledger::Timestamp at);
    [[nodiscard]] std::filesystem::path copied() const { return maker_.folder().string() + ".copy"; }

    ledger::Timestamp last_ = now_;
    ledger::Timestamp last_copied_ = now_;
    std::map<std::string, std::string> lost_files_;
};

}  // namespace corpus
