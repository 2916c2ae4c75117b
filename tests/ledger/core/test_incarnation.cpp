
#include "ledger/core/errc.hpp"
#include "ledger/core/incarnation.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

const std::string server_id = "abcdefghijklmnopqrstuvwxyz234567";

Event event(std::uint64_t number, std::uint32_t incarnation, EventBody body = ServerStarted{"1"}) {
    return {{number}, {}, Origin{server_id, incarnation}.text(), {}, {}, std::move(body)};
}

IncarnationOpened opened(std::uint32_t number, IncarnationOpened::Reason reason = IncarnationOpened::Reason::anchor) {
    return {number, reason, "kept\n", "", {}};
}

Checkpoint head(std::uint32_t incarnation, std::uint64_t size) { return {{server_id, incarnation}, {{size}, {}}}; }

/// 10 events as incarnation 1, 5 as 3, and then as 4.
Incarnations sample() {
    Incarnations all;
    for (std::uint64_t i = 0; i < 10; ++i) all.apply(event(i, 1));
    all.apply(event(10, 3, opened(3)));
    for (std::uint64_t i = 11; i < 15; ++i) all.apply(event(i, 3));
    all.apply(event(15, 4, opened(4)));
    return all;
}

}  // namespace

TEST_CASE("incarnations: what ended one, and the present one has no end") {
    const Incarnations all = sample();
    CHECK(all.present() == 4);
    REQUIRE(all.opened().size() == 2);
    CHECK(all.end_of(1)->number == 3);
    CHECK(all.end_of(1)->kept().value == 10);
    CHECK(all.end_of(3)->number == 4);
    CHECK(all.end_of(4) == nullptr);
    CHECK(all.end_of(5) == nullptr);
    CHECK(Incarnations().end_of(1) == nullptr);
}

TEST_CASE("incarnations: a log must have the heads of what it kept, of the present one and of none that was lost",
          "[L3]") {
    const Incarnations all = sample();
    CHECK(all.must_have(head(1, 10)));
    CHECK_FALSE(all.must_have(head(1, 11)));
    CHECK_FALSE(all.must_have(head(2, 4)));  // went on elsewhere, and was lost whole
    CHECK(all.must_have(head(3, 15)));
    CHECK_FALSE(all.must_have(head(3, 16)));
    CHECK(all.must_have(head(4, 1'000)));
    CHECK(all.must_have(head(9, 1)));

    Incarnations forked;
    forked.apply(event(0, 1));
    forked.apply(event(1, 2, opened(2, IncarnationOpened::Reason::witness)));
    CHECK_FALSE(forked.must_have(head(1, 1)));  // there were two histories under it
}

TEST_CASE("incarnations: a note of what was known is an anchor or a checkpoint, and nothing else") {
    SampleLedger ledger(1);
    ledger.grow(3);
    const auto checkpoint = KnownHead::parse(ledger.checkpoint());
    REQUIRE(checkpoint);
    CHECK_FALSE(checkpoint->anchor);
    CHECK(checkpoint->checkpoint.head.size == ledger.size());

    Anchor anchor;
    anchor.origin = ledger.origin;
    anchor.head = {{9}, {}};
    anchor.keys = {{1, 1, ledger.server_key.public_key().compressed(), {}}};
    const auto known = KnownHead::parse(as_text(sign_anchor(ledger.suite, anchor, ledger.server_key).value()));
    REQUIRE(known);
    CHECK(known->anchor == anchor);
    CHECK(known->checkpoint.head == anchor.head);
    CHECK(refused(KnownHead::parse("known\n"), errc::malformed_note));
    CHECK(refused(KnownHead::parse(sign_note(ledger.suite, "actledger-anchor/1\n", "name", ledger.server_key).value()),
                  errc::malformed_anchor));
}

TEST_CASE("incarnations: what follows an event that cannot be read is not held against it", "[L3]") {
    OriginOrder order(default_suite(), nullptr);
    REQUIRE(order.add(event(0, 1)));
    CHECK(refused(order.add(event(1, 2)), errc::wrong_origin));
    REQUIRE(order.add(event(2, 1)));
    order.skip();
    REQUIRE(order.add(event(4, 2)));
    REQUIRE(order.add(head(2, 5)));
    CHECK(refused(order.add(head(1, 5)), errc::wrong_origin));
}

TEST_CASE("incarnations: of a log that was lost nothing was kept, and it is told apart from what is here", "[L3]") {
    Incarnations all;
    all.apply(event(0, 2));
    all.apply(event(1, 2, opened(2, IncarnationOpened::Reason::log_lost)));
    for (std::uint64_t i = 2; i < 10; ++i) all.apply(event(i, 2));
    all.apply(event(10, 3, opened(3)));
    CHECK(all.end_of(1)->kept().value == 0);
    CHECK_FALSE(all.must_have(head(1, 1)));
    CHECK_FALSE(all.has_kept(1, {0}));
    CHECK(all.has_kept(2, {9}));
    CHECK_FALSE(all.has_kept(2, {10}));
    CHECK(all.has_kept(3, {10}));
    CHECK(all.number_of({9}) == 2);
    CHECK(all.number_of({10}) == 3);
}

TEST_CASE("incarnations: a log that was lost begins with what the anchor knew, and with nothing else", "[L3]") {
    SampleLedger ledger(1);
    const auto opening = [&](std::uint32_t number, bool with_anchor) {
        Anchor anchor;
        anchor.origin = {ledger.origin.server_id, number - 1};
        anchor.head = {{9}, {}};
        anchor.keys = {{1, 1, ledger.server_key.public_key().compressed(), {}}};
        const Bytes note = sign_anchor(ledger.suite, anchor, ledger.server_key).value();
        return IncarnationOpened{
            number, IncarnationOpened::Reason::log_lost, "", with_anchor ? std::string(as_text(note)) : "", {}};
    };
    const auto as = [&](std::uint64_t number, std::uint32_t incarnation, EventBody body = ServerStarted{"1"}) {
        Event one = event(number, incarnation, std::move(body));
        one.origin = Origin{ledger.origin.server_id, incarnation}.text();
        return one;
    };
    const KeyEpochs keys = KeyEpochs::restored({{1, {}, 1, 1, ledger.server_key.public_key(), {}}}, 1);
    {
        OriginOrder order(ledger.suite, &keys);
        REQUIRE(order.add(as(0, 4)));
        CHECK(order.add(as(1, 4, opening(4, true))));
        CHECK(order.add(as(2, 4)));
    }
    const auto second = [&](std::uint32_t of_first, const Event& next) {
        OriginOrder order(ledger.suite, &keys);
        REQUIRE(order.add(as(0, of_first)));
        return order.add(next);
    };
    CHECK(refused(second(4, as(1, 4)), errc::incarnation_wrong));  // does not say what was lost
    CHECK(second(1, as(1, 1)));
    CHECK(refused(second(4, as(1, 4, opening(4, false))), errc::incarnation_wrong));
    CHECK(refused(second(4, as(2, 4, opening(4, true))), errc::incarnation_wrong));  // not the second event
    CHECK(refused(second(3, as(1, 4, opening(4, true))), errc::wrong_origin));
    Event other = as(1, 4, opening(4, true));
    std::get<IncarnationOpened>(other.body).known_head =
        std::get<IncarnationOpened>(as(1, 5, opening(5, true)).body).known_head;
    CHECK(refused(second(4, other), errc::incarnation_wrong));  // another anchor's number
}

TEST_CASE("incarnations: a log that was lost with its key begins with what the lost key is known to have signed",
          "[L3]") {
    SampleLedger ledger(1);
    const auto as = [&](std::uint64_t number, std::uint32_t incarnation, EventBody body = ServerStarted{"1"}) {
        Event one = event(number, incarnation, std::move(body));
        one.origin = Origin{ledger.origin.server_id, incarnation}.text();
        return one;
    };
    const auto known = [&](std::uint32_t of) {
        const Checkpoint head{{ledger.origin.server_id, of}, {{9}, {}}};
        return sign_note(ledger.suite, head.body(), head.origin.text(), ledger.server_key).value();
    };
    const auto opening = [&](std::string note) {
        return IncarnationOpened{1'002, IncarnationOpened::Reason::log_and_key_lost, "", std::move(note), {}, {1}, {1}};
    };
    const KeyEpochs keys = KeyEpochs::restored({{1, {}, 1, 1, ledger.server_key.public_key(), {}}}, 1);
    const auto second = [&](const Event& next) {
        OriginOrder order(ledger.suite, &keys);
        REQUIRE(order.add(as(0, 1'002)));
        return order.add(next);
    };
    CHECK(second(as(1, 1'002, opening(known(2)))));
    CHECK(second(as(1, 1'002, opening(known(1'001)))));
    CHECK(second(as(1, 1'002, opening(""))));  // the vendor's file says what is known
    CHECK(refused(second(as(1, 1'002, opening(known(1'002)))), errc::incarnation_wrong));  // the number was used
    CHECK(refused(second(as(2, 1'002, opening(known(2)))), errc::incarnation_wrong));      // not the second event
    CHECK(refused(second(as(1, 1'003, opening(known(2)))), errc::incarnation_wrong));      // not its origin's number
    PrivateKey stranger = PrivateKey::generate();
    const Checkpoint head{{ledger.origin.server_id, 2}, {{9}, {}}};
    const auto forged = sign_note(ledger.suite, head.body(), head.origin.text(), stranger).value();
    CHECK(refused(second(as(1, 1'002, opening(forged))), errc::incarnation_wrong));

    Incarnations all;
    all.apply(as(0, 1'002));
    all.apply(as(1, 1'002, opening(known(2))));
    CHECK(all.end_of(2)->kept().value == 0);
    CHECK_FALSE(all.must_have({{ledger.origin.server_id, 2}, {{5}, {}}}));
    CHECK_FALSE(all.must_have({{ledger.origin.server_id, 900}, {{5}, {}}}));
    CHECK(all.must_have({{ledger.origin.server_id, 1'002}, {{5}, {}}}));
}
