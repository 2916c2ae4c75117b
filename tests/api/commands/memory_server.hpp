#pragma once
// tests/api/commands/memory_server.hpp: commands decided and folded as the sequencer does it, in memory. Every event is
// held against the rules of the seat book before it is folded: whatever is decided must pass them.

#include "api/commands/access_key_commands.hpp"
#include "api/commands/admin_commands.hpp"
#include "api/commands/ledger_decider.hpp"
#include "api/commands/license_commands.hpp"
#include "api/commands/queries.hpp"
#include "api/commands/seat_commands.hpp"
#include "ledger/core/adoption_proof.hpp"
#include "tests/projections/memory_ledger.hpp"

namespace support {

/// The HSM's anchor: gives out reservations at once, or when it is told to.
class MemoryReservations final : public api::commands::Reservations {
 public:
    std::uint64_t reserved(std::string_view license_id) const noexcept override {
        const auto found = granted.find(license_id);
        return found == granted.end() ? 0 : found->second;
    }
    void want(std::string_view license_id, std::uint64_t seats) override {
        wanted[std::string(license_id)] = seats;
        if (at_once) granted[std::string(license_id)] = seats;
    }
    std::map<std::string, std::uint64_t, std::less<>> wanted;
    std::map<std::string, std::uint64_t, std::less<>> granted;
    bool at_once = true;
};

class MemoryServer : public projections::SeatSource {
 public:
    explicit MemoryServer(ledger::Timestamp start = license_made_at + ledger::day) : now(start) {
        write({{},
               ledger::LedgerCreated{ledger::SuiteId::p256_sha256,
                                     MemoryLedger::customer().server_id,
                                     MemoryLedger::customer().key.public_key().spki(),
                                     MemoryLedger::vendor().root.der(),
                                     {1, 2, 3},
                                     "1.0"},
               {}});
    }

    [[nodiscard]] ledger::Moment moment() const {
        const auto& time = decider.state().time();
        const ledger::Timestamp at = std::max(now, time.standing().not_before);
        return {at, time.judged(at), time.in_doubt(), {events.size()}, wall.us == 0 ? now : wall};
    }

    /// Decides and, if that works, writes what was decided. @return the decision, or the code of the refusal
    template <class Command>
    auto run(const Command& command) {
        const ledger::Moment at = moment();
        auto decided = api::commands::decide(command, decider.context(at));
        if (!decided) return decided;
        const ledger::Decision* decision = nullptr;
        if constexpr (requires { decided->decision; }) {
            decision = &decided->decision;
        } else {
            decision = &*decided;
        }
        for (const ledger::EventDraft& draft : decision->drafts) write(draft);
        if (decision->drafts.empty()) REQUIRE(decision->rests_on.value < events.size());
        return decided;
    }
    /// Seats that have run out, as the sequencer asks for them.
    std::size_t expire(std::size_t most = 100) {
        const ledger::Moment at = moment();
        const auto drafts = decider.due(at, most);
        for (const ledger::EventDraft& draft : drafts) write(draft);
        return drafts.size();
    }
    void write(const ledger::EventDraft& draft) {
        const ledger::Timestamp at = std::max(now, decider.state().time().standing().not_before);
        const std::string origin = MemoryLedger::customer().server_id + "/" + std::to_string(incarnation);
        const ledger::Event event{{events.size()}, at, origin, draft.actor, {}, draft.body};
        const auto findings = projections::SeatRules(decider.state(), *this).judge(event).value();
        for (const ledger::Error& finding : findings) FAIL(finding.describe());
        events.push_back(event);
        decider.apply(event);
    }

    [[nodiscard]] api::commands::Preparation preparation() const {
        return api::commands::Preparation::of(decider.state()).value();
    }
    ledger::Result<ledger::Decision> import(const ledger::LicenseTerms& terms) {
        return run(api::commands::ImportLicense{person, MemoryLedger::license(terms)});
    }
    void open_enrolment() { REQUIRE(run(api::commands::ChangeSetting{person, "open_enrolment", "true"})); }

    /// A desktop's request, prepared.
    [[nodiscard]] api::commands::ActivateSeat request(const ledger::Components& components,
                                                      const std::string& product = "vdi-desktop") {
        api::commands::ActivateSeat command;
        command.product = product;
        command.components = components;
        command.device_public_key = {7, 7, 7};
        ledger::fill_random(command.id_if_new.bytes);
        return command;
    }
    ledger::Result<api::commands::SeatDecision> activate(const ledger::Components& components) {
        return run(request(components));
    }
    [[nodiscard]] api::commands::RenewSeat renewal(const ledger::ActivationId& id) const {
        return {id, api::commands::DeviceKeyProof{{7, 7, 7}}, std::nullopt, {}};
    }

    [[nodiscard]] ledger::Result<ledger::Seat> seat(ledger::SequenceNumber number) const override {
        auto seat = ledger::seat_told_by(events.at(number.value));
        if (!seat) return ledger::Error{ledger::errc::not_found};
        return *std::move(seat);
    }

    const ledger::Actor person{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}};
    ledger::Timestamp now;
    std::uint32_t incarnation = 1;
    ledger::Timestamp wall;  ///< 0: as `now`.
    std::vector<ledger::Event> events;
    MemoryReservations reservations;
    api::commands::LedgerDecider decider{
        {*this, [this]() -> ledger::Result<ledger::TreeSize> { return ledger::TreeSize{events.size()}; },
         reservations}};
};

template <class T>
[[nodiscard]] std::string code_of(const ledger::Result<T>& result) {
    return result ? "success" : std::string(result.error().stable_code());
}
template <class T>
[[nodiscard]] std::string fact_of(const ledger::Result<T>& result, std::string_view name) {
    if (result) return "success";
    for (const ledger::Fact& fact : result.error().facts) {
        if (fact.name == name) return fact.value;
    }
    return "(no such fact)";
}

}  // namespace support
