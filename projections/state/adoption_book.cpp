#include "projections/state/adoption_book.hpp"

#include <algorithm>

#include "projections/state/seat_records.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

std::size_t AdoptionBook::IdHash::operator()(const ledger::ActivationId& id) const {
    return static_cast<std::size_t>(id_key(id));
}

void AdoptionBook::apply(const ledger::Event& event) {
    if (const auto* proven = std::get_if<ledger::AdoptionProven>(&event.body)) {
        const auto seat = ledger::read_adoption(*proven);
        if (seat) put(seat->seat().activation_id, {seat->rank, event.sequence_number, Adoption::Standing::pending});
    } else if (const auto* adopted = std::get_if<ledger::SeatAdopted>(&event.body)) {
        set(adopted->activation_id, Adoption::Standing::adopted);
    } else if (const auto* refused = std::get_if<ledger::AdoptionRefused>(&event.body)) {
        set(refused->activation_id, Adoption::Standing::refused);
    }
}

const Adoption* AdoptionBook::find(const ledger::ActivationId& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void AdoptionBook::put(const ledger::ActivationId& id, const Adoption& adoption) {
    const auto [entry, is_new] = by_id_.try_emplace(id, adoption);
    if (!is_new) {
        count(entry->second.standing, static_cast<std::uint64_t>(-1));
        entry->second = adoption;
    }
    count(adoption.standing, 1);
}

void AdoptionBook::set(const ledger::ActivationId& id, Adoption::Standing standing) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    count(found->second.standing, static_cast<std::uint64_t>(-1));
    found->second.standing = standing;
    count(standing, 1);
}

void AdoptionBook::count(Adoption::Standing standing, std::uint64_t change) {
    if (standing == Adoption::Standing::pending) pending_ += change;
    if (standing == Adoption::Standing::adopted) adopted_ += change;
}

std::vector<AdoptionBook::Pending> AdoptionBook::list_pending(std::size_t most) const {
    std::vector<Pending> list;
    for (const auto& [id, adoption] : by_id_) {
        if (adoption.standing == Adoption::Standing::pending) list.push_back({id, adoption});
    }
    std::ranges::sort(list, {}, [](const Pending& one) { return one.adoption.proof; });
    if (list.size() > most) list.resize(most);
    return list;
}

void AdoptionBook::write(StateWriter& out) const {
    std::vector<Pending> all;
    all.reserve(by_id_.size());
    for (const auto& [id, adoption] : by_id_) all.push_back({id, adoption});
    std::ranges::sort(all, {}, &Pending::id);
    out.number(all.size());
    for (const Pending& one : all) {
        out.fixed(one.id.bytes).number(one.adoption.rank.incarnation).number(one.adoption.rank.index.value);
        out.event(one.adoption.proof).number(static_cast<std::uint64_t>(one.adoption.standing));
    }
}

void AdoptionBook::read(StateReader& in) {
    const std::uint64_t entries = in.number(in.events());
    std::optional<ledger::ActivationId> last;
    for (std::uint64_t i = 0; i < entries && in.ok(); ++i) {
        Pending one;
        in.fixed(one.id.bytes);
        one.adoption.rank.incarnation =
            static_cast<std::uint32_t>(in.number(std::numeric_limits<std::uint32_t>::max()));
        one.adoption.rank.index = {in.number(ledger::tree_size_max.value)};
        one.adoption.proof = in.event();
        one.adoption.standing =
            static_cast<Adoption::Standing>(in.number(static_cast<std::uint64_t>(Adoption::Standing::refused)));
        in.require(!last || *last < one.id, "adoptions are not in order");
        last = one.id;
        if (in.ok()) put(one.id, one.adoption);
    }
}

}  // namespace projections
