#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "tests/ledger/store_write/raw_log.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/result_text.hpp"

namespace ledger {
namespace {

/// A new log, open for writing.
struct OpenLog {
    OpenLog() {
        make_log(folder.path(), signer);
        reopen();
    }
    void reopen(const EngineOptions& options = sample_engine_options()) {
        engine.reset();
        engine = open_log_engine(folder.path(), options).value();
        const TreeSize size = engine->size().value();
        builder.emplace(default_suite(), sample_origin(signer), Frontier::load(default_suite(), size, *engine).value());
    }
    [[nodiscard]] std::shared_ptr<const SealedGroup> group(std::size_t count, std::size_t event_bytes = 600) {
        std::vector<EventDraft> drafts;
        for (std::size_t i = 0; i < count; ++i) drafts.push_back(seat_draft(i, event_bytes));
        (void)builder->add(std::move(drafts), sample_start).value();
        return builder->close().sign(signer).value();
    }
    [[nodiscard]] Result<void> append(const SealedGroup& group) {
        return engine->append({group.first().value}, group.events(), group.head());
    }
    support::TemporaryFolder folder;
    support::SoftwareSigner signer;
    std::unique_ptr<LogEngine> engine;
    std::optional<GroupBuilder> builder;
};

/// Runs in a process of its own. @return its exit status
template <class Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("log engine: groups of all sizes are kept, in order, with their nodes and heads", "[engine]") {
    OpenLog log;
    for (const std::size_t count : {1U, 2U, 7U, 64U, 1U, 33U}) REQUIRE(log.append(*log.group(count)));
    CHECK(log.engine->size().value() == TreeSize{109});
    CHECK(find_fault(*log.engine, log.signer.public_key()) == "");
    log.reopen();
    CHECK(find_fault(*log.engine, log.signer.public_key()) == "");
}

TEST_CASE("log engine: an append at another size is refused and changes nothing", "[engine]") {
    OpenLog log;
    const auto first = log.group(3);
    const auto next = log.group(3);
    CHECK(log.append(*next).error().code == errc::log_moved);
    REQUIRE(log.append(*first));
    CHECK(log.append(*first).error().code == errc::log_moved);
    REQUIRE(log.append(*next));
    CHECK(find_fault(*log.engine, log.signer.public_key()) == "");
}

TEST_CASE("log engine: one writer, in this process and over all", "[engine]") {
    OpenLog log;
    CHECK(open_log_engine(log.folder.path()).error().code == errc::log_locked);
    log.engine.reset();
    log.reopen();
    const auto other_name = log.folder.path() / "log" / ".." / ".." / log.folder.path().filename();
    CHECK(open_log_engine(other_name).error().code == errc::log_locked);
    const int status = in_child([&] {
        ::execl("/usr/bin/flock", "flock", "-n", (log.folder.path() / "log" / "data.mdb").c_str(), "true", nullptr);
        return 2;
    });
    CHECK(status == 1);
}

TEST_CASE("log engine: what it cannot open is named", "[engine]") {
    const support::TemporaryFolder folder;
    CHECK(open_log_engine(folder.path()).error().code == errc::log_not_found);
    CHECK(open_log_engine(folder.path() / "nowhere").error().code == errc::log_not_found);
    support::SoftwareSigner signer;
    make_log(folder.path(), signer);
    const auto data = folder.path() / "log" / "data.mdb";
    SECTION("an empty file") {
        std::filesystem::resize_file(data, 0);
        CHECK(open_log_engine(folder.path()).error().code == errc::log_damaged);
    }
    SECTION("a cut file") {
        std::filesystem::resize_file(data, 3 * 4096);
        CHECK(open_log_engine(folder.path()).error().code == errc::log_damaged);
    }
    SECTION("another file") {
        std::filesystem::remove(data);
        folder.write("log/data.mdb", std::string(20'000, 'x'));
        CHECK(open_log_engine(folder.path()).error().code == errc::log_damaged);
    }
    SECTION("a newer format") {
        RawLog(folder.path(), "meta").put("format", {0, 0, 0, 0, 0, 0, 0, 2});
        const auto opened = open_log_engine(folder.path());
        REQUIRE(!opened);
        CHECK(opened.error().code == errc::log_format_unknown);
        CHECK(opened.error().facts == std::vector<Fact>{{"folder", folder.path().string()}, {"format", "2"}});
    }
}

TEST_CASE("log engine: a ledger is made whole or not at all, and never over another", "[engine]") {
    const support::TemporaryFolder folder;
    support::SoftwareSigner signer;
    const EventDraft genesis = genesis_draft(signer);
    const auto create = [&] {
        return create_log(folder.path(), sample_origin(signer), std::span(&genesis, 1), sample_start, signer);
    };
    signer.set_fault(support::SoftwareSigner::Fault::unavailable);
    CHECK(create().error().code == errc::signer_unavailable);
    CHECK(!std::filesystem::exists(folder.path() / "log"));
    signer.set_fault(support::SoftwareSigner::Fault::none);

    // What an interrupted run left is in nobody's way.
    std::filesystem::create_directory(folder.path() / "log.unfinished");
    folder.write("log.unfinished/data.mdb", "half");
    const auto head = create();
    REQUIRE(head);
    CHECK(head->size == TreeSize{1});
    CHECK(!std::filesystem::exists(folder.path() / "log.unfinished"));
    CHECK(create().error().code == errc::log_exists);
    struct stat status {};
    REQUIRE(::stat((folder.path() / "log" / "data.mdb").c_str(), &status) == 0);
    CHECK((status.st_mode & 077) == 0);
    CHECK(find_fault(*open_log_reader(folder.path()).value(), signer.public_key()) == "");
}

TEST_CASE("log engine: events of any size up to the limit are kept in the room that was checked", "[engine]") {
    OpenLog log;
    const auto bytes = GENERATE(200U, 600U, 1'400U);
    CAPTURE(bytes);
    for (int i = 0; i < 5; ++i) {
        const auto group = log.group(40, bytes);
        std::uint64_t content = 0;
        for (const StoredEvent& event : group->events()) content += event.event.size();
        REQUIRE(log.engine->check_room(group->events().size(), content));
        const auto before = log.engine->room();
        REQUIRE(log.append(*group));
        // What was promised beyond the file's use before covers what the group took.
        CHECK(log.engine->room().used_bytes <= before.used_bytes + 2 * content + 256 * 40 + (512U << 10));
    }
}

TEST_CASE("log engine: a full map is a full disk, before anything is decided", "[engine]") {
    OpenLog log;
    EngineOptions options = sample_engine_options();
    options.map_bytes = 2U << 20;
    log.reopen(options);
    REQUIRE(log.engine->check_room(10, 10'000));
    CHECK(log.engine->check_room(1'000, 1U << 20).error().code == errc::disk_full);
    int groups = 0;
    while (log.engine->check_room(32, 32 * 700)) {
        REQUIRE(log.append(*log.group(32)));
        REQUIRE(++groups < 1'000);
    }
    CHECK(groups > 5);
    CHECK(find_fault(*log.engine, log.signer.public_key(), false) == "");
    SECTION("and a larger map is room again") {
        log.reopen();
        CHECK(log.engine->check_room(32, 32 * 700));
        CHECK(log.append(*log.group(32)));
    }
}

TEST_CASE("log engine: readers see groups whole, while it writes", "[engine]") {
    OpenLog log;
    const auto reader = open_log_reader(log.folder.path()).value();  // the same environment
    CHECK(reader->size().value() == TreeSize{1});
    REQUIRE(log.append(*log.group(5)));
    CHECK(reader->size().value() == TreeSize{6});
    CHECK(reader->head_covering({3}).value().size == TreeSize{6});
}

}  // namespace ledger
