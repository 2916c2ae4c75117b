#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "tests/ledger/store_write/raw_log.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/result_text.hpp"

namespace ledger {
namespace {

/// A log of event 0 and groups of 100 events, every second one with an annex.
struct WrittenLog {
    explicit WrittenLog(std::size_t groups) {
        make_log(folder.path(), signer);
        const auto engine = open_log_engine(folder.path(), sample_engine_options()).value();
        GroupBuilder builder(default_suite(), sample_origin(signer),
                             Frontier::load(default_suite(), {1}, *engine).value());
        for (std::size_t g = 0; g < groups; ++g) {
            for (std::size_t i = 0; i < 100; ++i) {
                EventDraft draft = seat_draft(g * 100 + i);
                if (i % 2 == 0) draft.annex = {annex_value(AnnexField::device_name, "PC-" + std::to_string(i))};
                (void)builder.add({draft}, sample_start).value();
            }
            const auto group = builder.close().sign(signer).value();
            REQUIRE(engine->append({group->first().value}, group->events(), group->head()));
        }
    }
    support::TemporaryFolder folder;
    support::SoftwareSigner signer;
};

}  // namespace

TEST_CASE("log reader: finds what was written, and says what is not there", "[reader]") {
    const WrittenLog log(3);
    const auto reader = open_log_reader(log.folder.path()).value();
    CHECK(reader->size().value() == TreeSize{301});
    CHECK(reader->name() == log.folder.path().string());
    CHECK(decode_event(reader->event({17}).value()).value().sequence_number == SequenceNumber{17});
    CHECK(reader->event({301}).error().code == errc::not_found);
    CHECK(reader->annex({1}).value().at(0).value == "PC-0");
    CHECK(reader->annex({2}).value().empty());
    CHECK(reader->annex({301}).error().code == errc::not_found);
    CHECK(reader->head_covering({1}).value().size == TreeSize{1});
    CHECK(reader->head_covering({2}).value().size == TreeSize{101});
    CHECK(reader->head_covering({301}).value().size == TreeSize{301});
    CHECK(reader->head_covering({302}).error().code == errc::not_found);
    CHECK(reader->last_head().value().size == TreeSize{301});
    CHECK(reader->node({0, 300}));
    CHECK(reader->node({8, 0}));
    CHECK(reader->node({9, 0}).error().code == errc::not_found);
    CHECK(reader->node({63, 5}).error().code == errc::not_found);
    CHECK(reader->node({40, ~0ULL}).error().code == errc::not_found);
    CHECK(find_fault(*reader, log.signer.public_key()) == "");
}

TEST_CASE("log reader: visits what it is asked for, over many transactions, and stops when told", "[reader]") {
    const WrittenLog log(90);  // more than one transaction's share
    const auto reader = open_log_reader(log.folder.path()).value();
    std::uint64_t next = 5;
    REQUIRE(reader->visit_events({5}, {9'000}, [&](SequenceNumber number, ByteView event) {
        REQUIRE(number.value == next++);
        return !event.empty();
    }));
    CHECK(next == 9'000);
    next = 0;
    REQUIRE(reader->visit_nodes({0}, {9'001}, [&](SequenceNumber number, ByteView hashes) {
        REQUIRE(number.value == next++);
        return hashes.size() % 32 == 0;
    }));
    CHECK(next == 9'001);
    std::uint64_t seen = 0;
    REQUIRE(reader->visit_events({0}, {9'001}, [&](SequenceNumber, ByteView) { return ++seen < 10; }));
    CHECK(seen == 10);
    CHECK(reader->visit_events({0}, {9'002}, [](SequenceNumber, ByteView) { return true; }).error().code ==
          errc::not_found);
    std::vector<std::uint64_t> heads;
    REQUIRE(reader->visit_heads({8'802}, [&](const ReleasedHead& head) {
        heads.push_back(head.size.value);
        return true;
    }));
    CHECK(heads == std::vector<std::uint64_t>{8'901, 9'001});
    std::uint64_t annexes = 0;
    REQUIRE(reader->visit_annex({1}, {201}, [&](SequenceNumber number, ByteView) {
        REQUIRE(number.value % 2 == 1);
        return ++annexes > 0;
    }));
    CHECK(annexes == 100);
}

TEST_CASE("log reader: a hole is damage, and says where", "[reader]") {
    const WrittenLog log(1);
    RawLog(log.folder.path(), "events").remove(RawLog::key(42));
    const auto reader = open_log_reader(log.folder.path()).value();
    CHECK(reader->event({42}).error().code == errc::log_damaged);
    CHECK(reader->event({101}).error().code == errc::not_found);
    const auto visited = reader->visit_events({0}, {100}, [](SequenceNumber, ByteView) { return true; });
    REQUIRE(!visited);
    CHECK(visited.error().code == errc::log_damaged);
    CHECK(visited.error().facts.back() == Fact{"number", "42"});
}

TEST_CASE("log reader: no ledger, a cut file and another file have their own errors", "[reader]") {
    const support::TemporaryFolder folder;
    CHECK(open_log_reader(folder.path()).error().code == errc::log_not_found);
    const WrittenLog log(1);
    std::filesystem::resize_file(log.folder.path() / "log" / "data.mdb", 5 * 4096);
    CHECK(open_log_reader(log.folder.path()).error().code == errc::log_damaged);
    std::filesystem::create_directory(folder.path() / "log");
    folder.write("log/data.mdb", std::string(100'000, 'z'));
    CHECK(open_log_reader(folder.path()).error().code == errc::log_damaged);
}

TEST_CASE("log reader: a reader that is killed in the middle is in no writer's way", "[reader]") {
    const WrittenLog log(2);
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {  // reads until it is killed, in the middle of a transaction
        const auto reader = open_log_reader(log.folder.path());
        if (!reader) ::_exit(1);
        (void)(*reader)->visit_events({0}, {100}, [&](SequenceNumber, ByteView) {
            (void)!::write(pipe_ends[1], "r", 1);
            ::pause();
            return true;
        });
        ::_exit(1);
    }
    char byte = 0;
    REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
    {
        const auto engine = open_log_engine(log.folder.path(), sample_engine_options());
        REQUIRE(engine);
        CHECK((*engine)->size().value() == TreeSize{201});
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    const auto engine = open_log_engine(log.folder.path(), sample_engine_options()).value();
    CHECK(find_fault(*engine, log.signer.public_key(), false) == "");
}

TEST_CASE("log reader: a copy without its lock file is read, and left without one", "[reader]") {
    const WrittenLog log(1);
    std::filesystem::remove(log.folder.path() / "log" / "lock.mdb");
    {
        const auto reader = open_log_reader(log.folder.path());
        REQUIRE(reader);
        CHECK(find_fault(**reader, log.signer.public_key(), false) == "");
        CHECK(!std::filesystem::exists(log.folder.path() / "log" / "lock.mdb"));
        // Nobody can begin to write meanwhile.
        CHECK(open_log_engine(log.folder.path()).error().code == errc::log_locked);
    }
    CHECK(open_log_engine(log.folder.path(), sample_engine_options()));
}

}  // namespace ledger
