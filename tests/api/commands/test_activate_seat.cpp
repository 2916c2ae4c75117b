#include "ledger/core/time_text.hpp"
#include "projections/state/device_match.hpp"
#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using support::code_of;
using support::device;
using support::fact_of;
using support::MemoryLedger;
using support::own_device;
using Change = SeatDecision::Change;

namespace {

struct Fixture : support::MemoryServer {
    Fixture() {
        ledger::LicenseTerms terms = MemoryLedger::terms("L", 3);
        terms.lease = MemoryLedger::leased(30, 20, 5);
        REQUIRE(import(terms));
        open_enrolment();
    }
};

ledger::Timestamp whole_seconds(ledger::Timestamp at) { return {at.us / 1'000'000 * 1'000'000}; }

}  // namespace

TEST_CASE_METHOD(Fixture, "activate: a new device gets a seat with the licence's lease") {
    const auto decided = activate(own_device(1)).value();
    CHECK(decided.change == Change::created);
    CHECK(decided.activated == events.back().sequence_number);
    CHECK(decided.current == decided.activated);
    CHECK(*events.back().seat() == decided.seat);
    CHECK(events.back().actor ==
          ledger::Actor{ledger::Actor::Kind::device, ledger::Actor::Authority::open_enrolment, {}});
    CHECK(decided.seat.lease_ends == now + ledger::day * 30);
    CHECK(decided.seat.grace_ends == now + ledger::day * 35);
    CHECK(decided.renew_after == now + ledger::day * 20);
}

TEST_CASE_METHOD(Fixture, "L5: the same device again rests on the event that it has, whatever key it shows") {
    const auto first = activate(own_device(1)).value();
    now = now + ledger::day;
    ActivateSeat again = request(own_device(1));
    again.device_public_key = {8, 8};
    const auto second = run(again).value();
    CHECK(second.change == Change::unchanged);
    CHECK(second.decision.drafts.empty());
    CHECK(second.decision.rests_on == first.current);
    CHECK(second.seat == first.seat);
    CHECK(second.activated == first.activated);
    CHECK(decider.state().seats().held() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "L5: a device with a changed component keeps its seat and lease, and the change is recorded") {
    const auto first = activate(own_device(1)).value();
    now = now + ledger::day;
    auto components = own_device(1);
    components[0] = own_device(2)[0];
    const auto second = activate(components).value();
    CHECK(second.change == Change::device_changed);
    CHECK(std::holds_alternative<ledger::SeatDeviceChanged>(events.back().body));
    CHECK(second.seat.activation_id == first.seat.activation_id);
    CHECK(second.seat.lease_ends == first.seat.lease_ends);
    CHECK(second.seat.components == components);
    CHECK(second.activated == first.activated);
    CHECK(second.current == events.back().sequence_number);
    CHECK(activate(components).value().decision.rests_on == second.current);
    // One that is not sent stays as it was; the next reading with it changes nothing either.
    components.erase(components.begin() + 1);
    CHECK(activate(components).value().change == Change::unchanged);
}

TEST_CASE_METHOD(Fixture, "activate: only components of kinds that a licence of the product names are recorded") {
    auto components = own_device(1);
    const auto extra = device({{"cpu_serial", "1"}, {"zebra", "1"}});
    components.insert(components.end(), extra.begin(), extra.end());
    std::ranges::sort(components);
    CHECK(activate(components).value().seat.components == own_device(1));
    CHECK(activate(components).value().change == Change::unchanged);
    ledger::LicenseTerms terms = MemoryLedger::terms("M", 3);
    terms.device = {{"cpu_serial"}, 1};
    REQUIRE(import(terms));
    CHECK(activate(components).value().change == Change::device_changed);
}

TEST_CASE_METHOD(Fixture, "L4: the seat after the last one is refused with used, limit and when the next one frees") {
    for (std::uint64_t i = 1; i <= 3; ++i) {
        REQUIRE(activate(own_device(i)));
        now = now + ledger::hour;
    }
    const auto refused = activate(own_device(4));
    CHECK(code_of(refused) == "quota-reached");
    CHECK(fact_of(refused, "used") == "3");
    CHECK(fact_of(refused, "limit") == "3");
    CHECK(fact_of(refused, "next_seat_free_at") == ledger::time_text(now - ledger::hour * 3 + ledger::day * 35));
    for (const auto language : {ledger::Language::english, ledger::Language::chinese}) {
        CHECK(refused.error().sentence(language).find('{') == std::string::npos);
    }
    CHECK(activate(own_device(2)).value().change == Change::unchanged);  // those that have one are served
    now = now + ledger::day * 35;
    CHECK(expire() == 3);
    CHECK(activate(own_device(4)).value().change == Change::created);
}

TEST_CASE("activate: perpetual seats never free, and the refusal says so") {
    support::MemoryServer server;
    server.open_enrolment();
    REQUIRE(server.import(MemoryLedger::terms("L", 1)));
    const auto decided = server.activate(own_device(1)).value();
    CHECK(decided.seat.lease_ends.us == 0);
    CHECK_FALSE(decided.renew_after);
    CHECK(fact_of(server.activate(own_device(2)), "next_seat_free_at") == "never");
}

TEST_CASE("activate: seats come from the licence that ends first, and only from valid ones that have some free") {
    support::MemoryServer server;
    server.open_enrolment();
    const auto add = [&](std::string id, std::uint64_t quantity, ledger::Timestamp from, ledger::Timestamp to) {
        ledger::LicenseTerms terms = MemoryLedger::terms(std::move(id), quantity);
        terms.valid_from = whole_seconds(from);
        terms.valid_to = to == ledger::no_end ? to : whole_seconds(to);
        REQUIRE(server.import(terms));
    };
    const ledger::Timestamp begin = support::license_made_at;
    add("FOREVER", 1, begin, ledger::no_end);
    add("LATER", 1, begin, server.now + ledger::day * 20);
    add("SOON-B", 1, begin, server.now + ledger::day * 10);
    add("SOON-A", 1, begin, server.now + ledger::day * 10);
    std::vector<std::string> taken;
    for (std::uint64_t i = 0; i < 2; ++i) taken.push_back(server.activate(own_device(i)).value().seat.license_id);
    server.now = server.now + ledger::day * 20;
    taken.push_back(server.activate(own_device(5)).value().seat.license_id);
    CHECK(taken == std::vector<std::string>{"SOON-A", "SOON-B", "FOREVER"});
    const auto refused = server.activate(own_device(6));
    CHECK(code_of(refused) == "quota-reached");
    CHECK(fact_of(refused, "limit") == "1");  // what has ended does not count
}

TEST_CASE("activate: without a valid licence it is refused by its own code, but not while time is in doubt (L11)") {
    support::MemoryServer server;
    server.open_enrolment();
    CHECK(code_of(server.activate(own_device(1))) == "product-unknown");
    ledger::LicenseTerms terms = MemoryLedger::terms("L", 1);
    terms.valid_to = whole_seconds(server.now + ledger::day);
    REQUIRE(server.import(terms));
    server.now = server.now + ledger::day * 2;
    CHECK(code_of(server.activate(own_device(1))) == "no-valid-license");
    server.write({{}, ledger::TimePutInDoubt{}, {}});
    CHECK(server.activate(own_device(1)).value().change == Change::created);
    CHECK(code_of(server.activate(own_device(2))) == "quota-reached");
}

TEST_CASE_METHOD(Fixture, "activate: in doubt, licences within their dates come first") {
    ledger::LicenseTerms ended = MemoryLedger::terms("ENDED", 5);
    ended.valid_to = whole_seconds(now + ledger::day);
    REQUIRE(import(ended));
    now = now + ledger::day * 2;
    write({{}, ledger::TimePutInDoubt{}, {}});
    std::vector<std::string> taken;
    for (std::uint64_t i = 0; i < 4; ++i) taken.push_back(activate(own_device(i)).value().seat.license_id);
    CHECK(taken == std::vector<std::string>{"L", "L", "L", "ENDED"});
}

TEST_CASE_METHOD(Fixture, "L4: no seat is given beyond what the anchor has reserved, and it is told what is wanted") {
    reservations.at_once = false;
    reservations.granted["L"] = 1;
    REQUIRE(activate(own_device(1)));
    CHECK(code_of(activate(own_device(2))) == "seats-not-reserved");
    CHECK(reservations.wanted["L"] == 2);
    reservations.granted["L"] = 2;
    CHECK(activate(own_device(2)));
    // Another licence that has some reserved is better than waiting.
    REQUIRE(import(MemoryLedger::terms("M", 5)));
    reservations.granted["M"] = 5;
    CHECK(activate(own_device(3)).value().seat.license_id == "M");
}

TEST_CASE_METHOD(Fixture, "activate: a device that can never be recognised again is refused, with what is missing") {
    const auto refused = activate(device({{"mac", "1"}, {"machine_id", "1"}, {"tpm_ek", "1"}}));
    CHECK(code_of(refused) == "device-components-insufficient");
    CHECK(fact_of(refused, "needed") == "3");
    CHECK(fact_of(refused, "usable") == "machine_id, mac");
    CHECK(code_of(activate({})) == "device-components-insufficient");
}

TEST_CASE("activate: enrolment is closed unless it is opened, and a key must be good") {
    support::MemoryServer server;
    REQUIRE(server.import(MemoryLedger::terms("L", 10)));
    const auto& suite = ledger::default_suite();
    CHECK(code_of(server.activate(own_device(1))) == "enrolment-closed");
    const auto made =
        prepare_access_key(KeyUse::enrolment, suite, server.person, "pool", server.now + ledger::day * 10).value();
    REQUIRE(server.run(made.command));
    const auto with_key = [&](std::uint64_t number, std::string_view key) {
        ActivateSeat command = server.request(own_device(number));
        command.enrolment_key = access_key_digest(suite, key);
        return server.run(command);
    };
    REQUIRE(with_key(1, made.key));
    CHECK(server.events.back().actor.authority == ledger::Actor::Authority::enrolment_key);
    CHECK(server.events.back().actor.id == ledger::copy(made.command.id));
    CHECK(code_of(with_key(2, made.key + "x")) == "enrolment-key-invalid");
    server.now = server.now + ledger::day * 10;
    CHECK(code_of(with_key(2, made.key)) == "enrolment-key-invalid");
    server.write({{}, ledger::TimePutInDoubt{}, {}});
    CHECK(with_key(2, made.key));  // L11
    REQUIRE(server.run(RevokeAccessKey{KeyUse::enrolment, server.person, made.command.id}));
    CHECK(code_of(with_key(3, made.key)) == "enrolment-key-invalid");
    server.open_enrolment();
    CHECK(code_of(with_key(3, made.key)) == "enrolment-key-invalid");  // a wrong key is never passed over
    CHECK(server.activate(own_device(3)));
}

TEST_CASE_METHOD(Fixture, "activate: preparing hashes with the ledger's salt, and refuses what cannot be a request") {
    const Preparation preparation = this->preparation();
    ActivateSeatRequest request;
    request.product = "vdi-desktop";
    request.device_public_key = MemoryLedger::customer().key.public_key().spki();
    request.components = {{"mac", " AA-BB-CC-00-11-22 "},
                          {"smbios_uuid", "4C4C4544-0042-3510-8052-B9C04F443233"},
                          {"machine_id", "8f14e45fceea167a5a36dedd4bea2543"},
                          {"disk_serial", "none"}};
    request.device_name = "PC-1";
    const ActivateSeat prepared = prepare(request, preparation).value();
    CHECK(prepared.components.size() == 3);
    CHECK(prepared.annex.at(0).value == "PC-1");
    const auto mac = ledger::component_digest(preparation.suite, preparation.device_salt, "mac", "aabbcc001122");
    CHECK(projections::of_kind(prepared.components, "mac").front().digest == mac);
    CHECK(prepared.id_if_new != prepare(request, preparation).value().id_if_new);
    CHECK(run(prepared).value().change == Change::created);

    const auto refused = [&](auto change) {
        ActivateSeatRequest wrong = request;
        change(wrong);
        return code_of(prepare(wrong, preparation));
    };
    CHECK(refused([](auto& r) { r.product = "a b"; }) == "product-malformed");
    CHECK(refused([](auto& r) { r.device_public_key.pop_back(); }) == "device-key-malformed");
    CHECK(refused([](auto& r) { r.components.clear(); }) == "component-malformed");
    CHECK(refused([](auto& r) { r.components.resize(17, {"mac", "1"}); }) == "component-malformed");
    CHECK(refused([](auto& r) { r.device_name = std::string(256, 'x'); }) == "device-name-malformed");
    CHECK(refused([](auto& r) { r.device_name = "\xff"; }) == "device-name-malformed");
}

TEST_CASE_METHOD(Fixture, "L4 and L5: a long random life breaks no rule, and replaying it gives the same state") {
    const auto seed = GENERATE(take(3, random(1U, 1'000'000U)));
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    ledger::LicenseTerms terms = MemoryLedger::terms("M", 40);
    terms.lease = MemoryLedger::leased(10, 3, 2);
    terms.valid_to = whole_seconds(now + ledger::day * 60);
    REQUIRE(import(terms));
    std::vector<ledger::ActivationId> known;
    for (int step = 0; step < 3'000; ++step) {
        now = now + ledger::minute * static_cast<std::int64_t>(random() % 120);
        expire(random() % 5);
        const auto action = random() % 10;
        if (action < 5 || known.empty()) {
            auto components = own_device(random() % 100);
            if (random() % 3 == 0) components[random() % 5].digest = own_device(random() % 100)[random() % 5].digest;
            if (random() % 3 == 0) components.erase(components.begin() + static_cast<std::ptrdiff_t>(random() % 5));
            std::ranges::sort(components);
            const auto decided = activate(components);
            if (decided) known.push_back(decided->seat.activation_id);
            if (!decided) REQUIRE(code_of(decided) == "quota-reached");
            if (decided && step % 3 == 0) REQUIRE(activate(components).value().seat.activation_id == known.back());
        } else {
            const ledger::ActivationId id = known[random() % known.size()];
            const auto decided = action < 8 ? run(renewal(id)) : run(ReleaseSeat{id, OperatorProof{person}});
            if (!decided) REQUIRE((code_of(decided) == "activation-released" || code_of(decided) == "quota-reached"));
        }
        if (step == 1'500) {
            write({{}, ledger::TimePutInDoubt{}, {}});
            REQUIRE(expire() == 0);
        }
        if (step == 1'800) REQUIRE(run(ConfirmTime{person}));
    }
    LedgerDecider again{{*this,
                         [this]() -> ledger::Result<ledger::TreeSize> { return ledger::TreeSize{events.size()}; },
                         reservations}};
    for (const ledger::Event& event : events) again.replay(event);
    CHECK(again.state().digest() == decider.state().digest());
}
