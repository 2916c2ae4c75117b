// The seat book against a model that keeps everything and looks at all of it: invariants L4 and L5 stand on it.

#include <map>

#include "projections/state/device_match.hpp"
#include "tests/projections/memory_ledger.hpp"

using namespace projections;
using support::device;
using support::MemoryLedger;
using support::own_device;

namespace {

/// What the seat book means, without any index.
struct SlowBook {
    struct Entry {
        ledger::Seat seat;
        ledger::SequenceNumber activated;
        ledger::SequenceNumber current;
    };
    std::map<ledger::ActivationId, Entry> seats;

    const Entry* match(const Licenses& licenses, const std::string& product, ComponentView components,
                       const ledger::Bytes& key) const {
        const Entry* best = nullptr;
        std::tuple<std::uint32_t, bool, std::int64_t> best_rank;
        for (const auto& [id, entry] : seats) {
            if (entry.seat.product != product) continue;
            const ledger::DeviceRule& rule = licenses.at(licenses.find(entry.seat.license_id).value()).terms.device;
            const std::uint32_t agreeing = agreeing_kinds(rule, components, entry.seat.components);
            if (agreeing < rule.match) continue;
            const std::tuple rank{agreeing, entry.seat.device_public_key == key,
                                  -static_cast<std::int64_t>(entry.activated.value)};
            if (best != nullptr && rank <= best_rank) continue;
            best = &entry;
            best_rank = rank;
        }
        return best;
    }
    std::uint64_t used(const Licenses& licenses, LicenseIndex index) const {
        std::uint64_t used = 0;
        for (const auto& [id, entry] : seats) {
            if (licenses.holder(licenses.find(entry.seat.license_id).value()) == index) ++used;
        }
        return used;
    }
    std::optional<ledger::Timestamp> next_free_at(const Licenses& licenses, LicenseIndex index) const {
        std::optional<ledger::Timestamp> earliest;
        for (const auto& [id, entry] : seats) {
            if (licenses.holder(licenses.find(entry.seat.license_id).value()) != index) continue;
            if (entry.seat.grace_ends.us == 0 || (earliest && *earliest <= entry.seat.grace_ends)) continue;
            earliest = entry.seat.grace_ends;
        }
        return earliest;
    }
    std::vector<ledger::ActivationId> run_out(ledger::Timestamp judged) const {
        std::vector<const Entry*> ended;
        for (const auto& [id, entry] : seats) {
            if (entry.seat.grace_ends.us != 0 && entry.seat.grace_ends <= judged) ended.push_back(&entry);
        }
        std::ranges::sort(ended, {}, [](const Entry* e) { return std::pair(e->seat.grace_ends, e->activated); });
        std::vector<ledger::ActivationId> ids;
        ids.reserve(ended.size());
        for (const Entry* entry : ended) ids.push_back(entry->seat.activation_id);
        return ids;
    }
};

/// Drives a ledger and the model with the same random events.
class Differential {
 public:
    explicit Differential(std::uint64_t seed) : random_(seed) {
        const auto add = [&](const std::string& id, const std::string& product, ledger::LeaseTerms lease,
                             ledger::DeviceRule rule, std::vector<std::string> supersedes = {}) {
            ledger::LicenseTerms terms = MemoryLedger::terms(id, 1'000'000);
            terms.product = product;
            terms.lease = lease;
            terms.device = std::move(rule);
            terms.supersedes = std::move(supersedes);
            REQUIRE(book_.import(terms).empty());
            licenses_.push_back(id);
        };
        const ledger::DeviceRule three_of_five{{"smbios_uuid", "machine_id", "mac", "disk_serial", "board_serial"}, 3};
        add("A1", "alpha", MemoryLedger::leased(30, 20, 5), three_of_five);
        add("A2", "alpha", {}, {{"smbios_uuid", "mac"}, 1});
        add("A3", "alpha", MemoryLedger::leased(3, 1, 0), three_of_five);
        add("B1", "beta", MemoryLedger::leased(10, 5, 2), {{"machine_id", "disk_serial", "mac"}, 2});
        add("B2", "beta", MemoryLedger::leased(20, 5, 2), three_of_five, {"B1"});
    }

    void step() {
        book_.now = book_.now + ledger::minute * below(200);
        switch (random_() % 8) {
            case 0:
            case 1:
            case 2:
            case 3:
                return activate();
            case 4:
                return renew();
            case 5:
                return change();
            case 6:
                return release();
            default:
                return expire();
        }
    }

    void compare() {
        const Licenses& licenses = book_.state.licenses();
        REQUIRE(book_.state.seats().held() == slow_.seats.size());
        for (std::uint16_t i = 0; i < licenses.size(); ++i) {
            if (licenses.holder({i}) != LicenseIndex{i}) continue;
            REQUIRE(book_.state.seats().used({i}) == slow_.used(licenses, {i}));
            REQUIRE(book_.state.seats().next_free_at({i}) == slow_.next_free_at(licenses, {i}));
        }
        REQUIRE(book_.state.seats().run_out(book_.now, 1'000'000) == slow_.run_out(book_.now));
        for (const auto& [id, entry] : slow_.seats) {
            const auto held = book_.state.seats().find(id);
            REQUIRE(held);
            REQUIRE(held->activated == entry.activated);
            REQUIRE(held->current == entry.current);
            REQUIRE(held->grace_ends == entry.seat.grace_ends);
        }
        for (int i = 0; i < 5; ++i) compare_match(random_() % 2 == 0 ? "alpha" : "beta", random_device());
    }

    MemoryLedger book_;

 private:
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
    }

    /// Values from small ranges: desktops that are clones of each other in some components, and in others not.
    ledger::Components random_device() {
        std::vector<std::pair<std::string, std::string>> values;
        const auto value = [&](std::uint64_t range) { return std::to_string(random_() % range); };
        if (random_() % 8 != 0) values.emplace_back("smbios_uuid", value(400));
        if (random_() % 8 != 0) values.emplace_back("machine_id", value(3));
        if (random_() % 4 != 0) values.emplace_back("disk_serial", value(30));
        if (random_() % 4 != 0) values.emplace_back("board_serial", value(2));
        for (auto macs = random_() % 3; macs > 0; --macs) values.emplace_back("mac", value(300));
        auto components = device(values);
        components.erase(std::unique(components.begin(), components.end()), components.end());
        return components;
    }

    const SlowBook::Entry* compare_match(const std::string& product, const ledger::Components& components) {
        const ledger::Bytes key{static_cast<std::uint8_t>(random_() % 3)};
        const auto index = book_.state.licenses().find_product(product).value();
        const auto found = book_.state.seats().match(index, components, key, book_).value();
        const SlowBook::Entry* expected = slow_.match(book_.state.licenses(), product, components, key);
        REQUIRE(found.has_value() == (expected != nullptr));
        if (expected != nullptr) REQUIRE(found->held.id == expected->seat.activation_id);
        if (expected != nullptr) REQUIRE(found->seat == expected->seat);
        return expected;
    }

    void activate() {
        const std::string license = licenses_[random_() % licenses_.size()];
        if (license == "B1") return;  // superseded
        const ledger::Components components = random_device();
        ledger::Seat seat = book_.seat(license, components);
        if (compare_match(seat.product, components) != nullptr) return;
        const auto& rule = book_.state.licenses().at(book_.state.licenses().find(license).value()).terms.device;
        if (usable_kinds(rule, components) < rule.match) return;
        seat.device_public_key = {static_cast<std::uint8_t>(random_() % 3)};
        REQUIRE(book_.append(ledger::SeatActivated{seat}).empty());
        const auto number = book_.events.back().sequence_number;
        slow_.seats[seat.activation_id] = {seat, number, number};
    }

    SlowBook::Entry* pick() {
        if (slow_.seats.empty()) return nullptr;
        const auto position = static_cast<std::ptrdiff_t>(random_() % slow_.seats.size());
        return &std::next(slow_.seats.begin(), position)->second;
    }

    void renew() {
        SlowBook::Entry* entry = pick();
        if (entry == nullptr) return;
        const bool moves = random_() % 4 == 0;
        const std::string license = entry->seat.product == "beta" ? "B2"
                                    : moves                       ? "A" + std::to_string(1 + random_() % 3)
                                                                  : entry->seat.license_id;
        const auto& rule = book_.state.licenses().at(book_.state.licenses().find(license).value()).terms.device;
        if (usable_kinds(rule, entry->seat.components) < rule.match) return;
        ledger::Seat seat = book_.seat(license, entry->seat.components);
        seat.activation_id = entry->seat.activation_id;
        seat.device_public_key = entry->seat.device_public_key;
        REQUIRE(book_.append(ledger::SeatRenewed{seat}).empty());
        entry->seat = seat;
        entry->current = book_.events.back().sequence_number;
    }

    void change() {
        SlowBook::Entry* entry = pick();
        if (entry == nullptr) return;
        ledger::Seat seat = entry->seat;
        seat.components = random_device();
        const auto codes = book_.append(ledger::SeatDeviceChanged{seat});
        // Random components are mostly another device: the rules say so, and the fold does as it is told.
        for (const std::string& code : codes) REQUIRE(code == "seat-changed-hands");
        entry->seat = seat;
        entry->current = book_.events.back().sequence_number;
    }

    void release() {
        SlowBook::Entry* entry = pick();
        if (entry == nullptr) return;
        REQUIRE(book_.append(ledger::SeatReleased{entry->seat.activation_id}).empty());
        slow_.seats.erase(ledger::ActivationId(entry->seat.activation_id));
    }

    void expire() {
        for (const ledger::ActivationId& id : book_.state.seats().run_out(book_.now, random_() % 4)) {
            REQUIRE(book_.append(ledger::SeatExpired{id}).empty());
            slow_.seats.erase(id);
        }
    }

    std::mt19937_64 random_;
    SlowBook slow_;
    std::vector<std::string> licenses_;
};

}  // namespace

TEST_CASE("seat book: agrees with a book that looks at everything, whatever happens to seats") {
    const auto seed = GENERATE(take(4, random(1U, 1'000'000U)));
    CAPTURE(seed);
    Differential differential(seed);
    for (int step = 0; step < 3'000; ++step) {
        CAPTURE(step);
        differential.step();
        if (step % 50 == 0) differential.compare();
    }
    differential.compare();
}

TEST_CASE("seat book: records that were given back are used again, and sweeping loses nobody") {
    MemoryLedger book;
    REQUIRE(book.import(MemoryLedger::terms("L", 1'000'000)).empty());
    std::vector<ledger::ActivationId> held;
    // Twelve rounds of giving everything back: far more than a whole sweep over all shards.
    for (std::uint64_t round = 0; round < 12; ++round) {
        for (std::uint64_t i = 0; i < 2'000; ++i) {
            const ledger::Seat seat = book.seat("L", own_device(round * 2'000 + i));
            book.state.apply({{book.events.size()}, book.now, {}, {}, {}, ledger::SeatActivated{seat}});
            book.events.push_back({{book.events.size()}, book.now, {}, {}, {}, ledger::SeatActivated{seat}});
            held.push_back(seat.activation_id);
        }
        const std::size_t keep = 10 * (round + 1);
        while (held.size() > keep) {
            book.append(ledger::SeatReleased{held[keep]});
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(keep));
        }
    }
    CHECK(book.state.seats().held() == held.size());
    for (const ledger::ActivationId& id : held) CHECK(book.state.seats().find(id).has_value());
    std::size_t seen = 0;
    const auto end = book.state.seats().visit(0, [&](const HeldSeat&) { return ++seen > 0; });
    CHECK_FALSE(end.has_value());
    CHECK(seen == held.size());
}

TEST_CASE("seat book: thousands of clones that share two components cost no reads and no walks") {
    MemoryLedger book;
    REQUIRE(book.import(MemoryLedger::terms("L", 100'000)).empty());
    const auto clone = [](std::uint64_t number) {
        const std::string n = std::to_string(number);
        return device(
            {{"machine_id", "image"}, {"disk_serial", "image"}, {"smbios_uuid", n}, {"mac", n}, {"board_serial", n}});
    };
    for (std::uint64_t i = 0; i < 5'000; ++i) book.append(ledger::SeatActivated{book.seat("L", clone(i))});
    // Each event was judged, which looks for the device first: none of the clones had to be read to be told apart.
    CHECK(book.reads == 0);
    const auto product = book.state.licenses().find_product("vdi-desktop").value();
    const auto found = book.state.seats().match(product, clone(4'321), {}, book).value();
    REQUIRE(found);
    CHECK(found->seat.components == clone(4'321));
    CHECK(book.reads == 1);
}

TEST_CASE("seat book: of several seats that agree, most agreeing kinds win, then the device key, then the older one") {
    MemoryLedger book;
    ledger::LicenseTerms terms = MemoryLedger::terms("L", 100);
    terms.device = {{"smbios_uuid", "mac"}, 1};
    REQUIRE(book.import(terms).empty());
    const auto add = [&](const ledger::Components& components, std::uint8_t key) {
        ledger::Seat seat = book.seat("L", components);
        seat.device_public_key = {key};
        book.append(ledger::SeatActivated{seat});
        return seat.activation_id;
    };
    const auto first = add(device({{"smbios_uuid", "1"}}), 1);
    const auto second = add(device({{"mac", "a"}}), 2);
    const auto third = add(device({{"mac", "b"}}), 3);
    const auto product = book.state.licenses().find_product("vdi-desktop").value();
    const auto match = [&](const ledger::Components& components, std::uint8_t key) {
        return book.state.seats().match(product, components, ledger::Bytes{key}, book).value()->held.id;
    };
    const auto all = device({{"smbios_uuid", "1"}, {"mac", "a"}, {"mac", "b"}});
    CHECK(match(all, 9) == first);
    CHECK(match(all, 2) == second);
    CHECK(match(all, 3) == third);
    const auto both = add(device({{"smbios_uuid", "1"}, {"mac", "b"}}), 4);
    CHECK(match(all, 3) == both);
}

TEST_CASE("seat book: remembers a seat that was given back, and forgets the oldest when there are too many") {
    MemoryLedger book;
    REQUIRE(book.import(MemoryLedger::terms("L", 100)).empty());
    const ledger::Seat seat = book.seat("L", own_device(1));
    book.append(ledger::SeatActivated{seat});
    const auto current = book.events.back().sequence_number;
    book.append(ledger::SeatReleased{seat.activation_id});
    const ReleasedSeat* released = book.state.seats().find_released(seat.activation_id);
    REQUIRE(released != nullptr);
    CHECK(released->current == current);
    CHECK(released->released_by == book.events.back().sequence_number);
    CHECK(book.append(ledger::SeatReleased{seat.activation_id}) == support::Codes{"activation-not-active"});

    ReleasedSeats few;
    for (std::uint64_t i = 0; i <= ReleasedSeats::capacity; ++i) {
        ReleasedSeat other;
        std::memcpy(other.id.bytes.data(), &i, sizeof i);
        few.add(other);
    }
    CHECK(few.find({}) == nullptr);
    ledger::ActivationId newest;
    const std::uint64_t last = ReleasedSeats::capacity;
    std::memcpy(newest.bytes.data(), &last, sizeof last);
    CHECK(few.find(newest) != nullptr);
}
