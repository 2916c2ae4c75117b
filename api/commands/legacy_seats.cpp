#include "api/commands/legacy_seats.hpp"

#include <map>

#include "api/commands/license_choice.hpp"
#include "api/commands/recorded_components.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"

namespace api::commands {
namespace {

using ledger::Error;
using ledger::Result;
using projections::LegacySeat;
using projections::LicenseIndex;
using projections::ProductIndex;

constexpr std::string_view record_kind = "legacy_record";
constexpr std::size_t device_name_bytes_max = 255;

std::string kinds_of(ProductIndex product, const Context& context) {
    std::string names;
    for (const LicenseIndex index : context.state.licenses().of_product(product)) {
        for (const std::string& kind : context.state.licenses().at(index).terms.device.components) {
            if (names.find(kind) == names.npos) names += (names.empty() ? "" : ", ") + kind;
        }
    }
    return names;
}

/// Decides the rows of one command one after the other: what an earlier one takes is not free for a later one.
class Batch {
 public:
    Batch(const ReserveLegacySeats& command, ProductIndex product, const Context& context)
        : command_(command), product_(product), context_(context) {}

    Result<LegacyDecision> run() {
        for (const LegacyRow& row : command_.rows) {
            ACTLEDGER_TRY(LegacyOutcome outcome, decide_row(row));
            result_.outcomes.push_back(std::move(outcome));
        }
        if (result_.decision.drafts.empty()) result_.decision = context_.nothing_to_do();
        return std::move(result_);
    }

 private:
    static LegacyOutcome refused(Error why) { return {LegacyOutcome::Status::refused, {}, {}, std::move(why)}; }

    Result<LegacyOutcome> decide_row(const LegacyRow& row) {
        if (row.refused) return refused(*row.refused);
        const LegacySeat* const known = context_.state.seats().legacy().find_record(row.record);
        if (known != nullptr) {
            return LegacyOutcome{LegacyOutcome::Status::taken_before, known->reserved.activation_id,
                                 known->reserved.license_id, std::nullopt};
        }
        for (const LegacySeat& earlier : taken_) {
            if (earlier.reserved.record != row.record) continue;
            return LegacyOutcome{LegacyOutcome::Status::taken_before, earlier.reserved.activation_id,
                                 earlier.reserved.license_id, std::nullopt};
        }
        ledger::Components components = recorded_components(row.components, product_, context_);
        ACTLEDGER_TRY(auto other, other_of_device(components));
        if (other) return *std::move(other);
        const auto license = choose(components);
        if (!license) return refused(license.error());
        return keep(row, *license, std::move(components));
    }

    /// Who has, or is promised, a seat already.
    Result<std::optional<LegacyOutcome>> other_of_device(const ledger::Components& components) const {
        const auto named = [](errc code, const ledger::ActivationId& id) {
            return std::optional(refused(Error{code, {}, {{"activation", id.text()}}}));
        };
        const auto& licenses = context_.state.licenses();
        ACTLEDGER_TRY(const auto held, context_.state.seats().match(product_, components, {}, context_.seats));
        if (held) return named(errc::legacy_device_active, held->held.id);
        const LegacySeat* const kept = context_.state.seats().legacy().match(product_, components, licenses);
        if (kept != nullptr) return named(errc::legacy_device_reserved, kept->reserved.activation_id);
        for (const LegacySeat& earlier : taken_) {
            if (!agrees_with(earlier, components, licenses)) continue;
            return named(errc::legacy_device_reserved, earlier.reserved.activation_id);
        }
        return std::optional<LegacyOutcome>();
    }

    /// The first licence, in the order in which seats are taken, that has one free and can recognise the device.
    Result<LicenseIndex> choose(const ledger::Components& components) {
        const auto& licenses = context_.state.licenses();
        bool valid = false, recognisable = false, unreserved = false;
        std::uint64_t used_in_all = 0, limit = 0;
        for (const LicenseIndex index : licenses.of_product(product_)) {
            if (!is_usable(index, context_)) continue;
            valid = true;
            const ledger::LicenseTerms& terms = licenses.at(index).terms;
            if (projections::usable_kinds(terms.device, components) == 0) continue;
            recognisable = true;
            const std::uint64_t used = context_.state.seats().used(index) + taken_of_[index.value];
            used_in_all += used;
            limit += terms.quantity;
            if (used >= terms.quantity) continue;
            context_.reservations.want(terms.license_id, used + 1);
            if (used < context_.reservations.reserved(terms.license_id)) return index;
            unreserved = true;
        }
        const std::string& name = licenses.product_name(product_);
        if (!valid) {
            return Error{errc::no_valid_license, {}, {{"product", name}, {"at", ledger::time_text(context_.judged())}}};
        }
        if (!recognisable) {
            return Error{
                errc::legacy_components_unusable, {}, {{"product", name}, {"kinds", kinds_of(product_, context_)}}};
        }
        if (unreserved) return Error{errc::seats_not_reserved, {}, {{"product", name}}};
        return Error{errc::legacy_quota_reached,
                     {},
                     {{"product", name}, {"used", std::to_string(used_in_all)}, {"limit", std::to_string(limit)}}};
    }

    LegacyOutcome keep(const LegacyRow& row, LicenseIndex license, ledger::Components components) {
        const ledger::LicenseTerms& terms = context_.state.licenses().at(license).terms;
        LegacySeat seat;
        seat.license = license;
        seat.reserved = {row.id_if_new, terms.license_id, command_.product,       std::move(components),
                         row.record,    row.activated_at, command_.reserved_until};
        result_.decision.drafts.push_back({command_.actor, seat.reserved, row.annex});
        ++taken_of_[license.value];
        taken_.push_back(std::move(seat));
        return {LegacyOutcome::Status::reserved, row.id_if_new, terms.license_id, std::nullopt};
    }

    const ReserveLegacySeats& command_;
    const ProductIndex product_;
    const Context& context_;
    LegacyDecision result_;
    std::vector<LegacySeat> taken_;                    // by the rows before
    std::map<std::uint16_t, std::uint64_t> taken_of_;  // how many, by licence
};

}  // namespace

LegacyRow prepare(LegacyRecord record, const Preparation& preparation) {
    LegacyRow row;
    ledger::fill_random(row.id_if_new.bytes);
    row.activated_at = record.activated_at;
    const auto refuse = [&](Error why) {
        row.refused = std::move(why);
        return std::move(row);
    };
    const bool has_key = !record.key.empty() && record.key.size() <= legacy_record_key_bytes_max &&
                         ledger::is_one_line(record.key) && record.activated_at.us >= 0;
    if (!has_key) return refuse(Error{errc::legacy_record_malformed});
    row.record = ledger::component_digest(preparation.suite, preparation.device_salt, record_kind, record.key);
    auto components = ledger::hash_components(preparation.suite, preparation.device_salt, record.components);
    if (!components) return refuse(components.error());
    row.components = *std::move(components);
    if (record.device_name) {
        std::string& name = *record.device_name;
        if (name.empty() || name.size() > device_name_bytes_max || !ledger::is_one_line(name)) {
            return refuse(Error{errc::device_name_malformed});
        }
        row.annex.push_back(annex_value(ledger::AnnexField::device_name, std::move(name)));
    }
    return row;
}

Result<LegacyDecision> decide(const ReserveLegacySeats& command, const Context& context) {
    ACTLEDGER_ASSERT(!command.rows.empty() && command.rows.size() <= legacy_rows_max);
    const auto product = context.state.licenses().find_product(command.product);
    if (!product) return Error{errc::product_unknown, {}, {{"product", command.product}}};
    if (command.reserved_until <= context.judged()) {
        return Error{
            errc::legacy_until_in_the_past,
            {},
            {{"until", ledger::time_text(command.reserved_until)}, {"at", ledger::time_text(context.judged())}}};
    }
    return Batch(command, *product, context).run();
}

Result<std::optional<LegacyClaim>> find_claim(ProductIndex product, projections::ComponentView components,
                                              const Context& context) {
    const auto& licenses = context.state.licenses();
    const LegacySeat* const kept = context.state.seats().legacy().match(product, components, licenses);
    if (kept == nullptr) return std::optional<LegacyClaim>();
    const LicenseIndex holder = licenses.holder(kept->license);
    if (is_usable(holder, context) && licenses.at(holder).product == product) {
        ACTLEDGER_CHECK(check_recognisable(holder, components, context));
        return std::optional(LegacyClaim{kept->reserved.activation_id, holder});
    }
    ACTLEDGER_TRY(const LicenseIndex other, choose_license(product, components, context));
    return std::optional(LegacyClaim{kept->reserved.activation_id, other});
}

Result<ledger::Decision> decide(const FreeLegacySeat& command, const Context& context) {
    const std::string text = command.id.text();
    const LegacySeat* const seat = context.state.seats().legacy().find(command.id);
    if (seat == nullptr) return Error{errc::legacy_seat_unknown, {}, {{"activation", text}}};
    if (seat->status == LegacySeat::Status::freed) return ledger::Decision{{}, seat->settled_by};
    if (seat->status == LegacySeat::Status::claimed) {
        return Error{errc::legacy_seat_claimed, {}, {{"activation", text}}};
    }
    if (context.in_doubt()) return Error{errc::legacy_time_in_doubt};
    if (context.judged() < seat->reserved.reserved_until) {
        return Error{errc::legacy_seat_promised,
                     {},
                     {{"activation", text}, {"reserved_until", ledger::time_text(seat->reserved.reserved_until)}}};
    }
    return ledger::Decision{{{command.actor, ledger::LegacySeatFreed{command.id}, {}}}, {}};
}

LegacySeatPage list_legacy_seats(const Context& context, std::uint32_t cursor, std::size_t most) {
    ACTLEDGER_ASSERT(most > 0);
    const auto& all = context.state.seats().legacy().all();
    LegacySeatPage page;
    for (; cursor < all.size() && page.seats.size() < most; ++cursor) {
        const LegacySeat& seat = all[cursor];
        const bool open = seat.status == LegacySeat::Status::open;
        const bool due = !context.in_doubt() && context.judged() >= seat.reserved.reserved_until;
        page.seats.push_back({seat, open && due});
    }
    if (cursor < all.size()) page.next = cursor;
    return page;
}

}  // namespace api::commands
