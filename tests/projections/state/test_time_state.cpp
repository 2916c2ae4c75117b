#include "projections/state/time_state.hpp"
#include "tests/support/result_text.hpp"

using namespace projections;

namespace {

struct Fixture {
    void append(ledger::EventBody body, std::int64_t at_us) {
        time.apply({{next++}, {at_us}, {}, {}, {}, std::move(body)});
    }
    TimeState time;
    std::uint64_t next = 0;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "L11: in doubt from the event that says so until people confirm") {
    append(ledger::ServerStarted{}, 100);
    CHECK_FALSE(time.in_doubt());
    append(ledger::TimePutInDoubt{{900}, ledger::TimePutInDoubt::Reason::stepped_forward}, 110);
    CHECK(time.in_doubt());
    CHECK(time.doubted_by().value == 1);
    append(ledger::TimeConfirmed{{900}}, 120);
    CHECK_FALSE(time.in_doubt());
    REQUIRE(time.find({2}) != nullptr);
    CHECK(time.find({2})->jump.us == 780);
    CHECK(time.standing().not_before.us == 900);
    CHECK(time.find({1}) == nullptr);
}

TEST_CASE_METHOD(Fixture, "L11: undoing a confirmation takes what it added off again, once") {
    append(ledger::TimePutInDoubt{}, 100);
    append(ledger::TimeConfirmed{{1'000}}, 100);
    append(ledger::ServerStarted{}, 1'000);
    CHECK(time.judged({1'010}).us == 1'010);
    append(ledger::TimeConfirmationUndone{{1}, time.find({1})->jump}, 1'020);
    CHECK(time.judged({1'030}).us == 130);
    CHECK(time.find({1})->undone_by == ledger::SequenceNumber{3});
    CHECK(time.last_event().us == 1'020);
}

TEST_CASE_METHOD(Fixture, "L11: an event from before the last one is folded as if it bore the last one's time") {
    append(ledger::ServerStarted{}, 100);
    append(ledger::TimePutInDoubt{}, 50);
    CHECK(time.in_doubt());
    CHECK(time.last_event().us == 100);
}
