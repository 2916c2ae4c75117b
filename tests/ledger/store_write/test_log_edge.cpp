#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>

#include "ledger/core/errc.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "ledger/store_read/page_fault.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/lmdb_page.hpp"
#include "ledger/store_write/log_tail.hpp"
#include "tests/ledger/store_write/sample_log.hpp"
#include "tests/support/result_text.hpp"

// What a disk did to the pages that the next append goes to is noticed before anything is written (L8).

namespace ledger {
namespace {

using lmdb::HeaderPage;
using lmdb::PageNumber;
using lmdb::TreePage;
using lmdb::TreeRecord;

constexpr std::size_t page_bytes = 4'096;
enum class Outcome { noticed, written, other };
constexpr int noticed_code = 8;

std::uint64_t word_at(ByteView bytes, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
}

/// A byte of the file, and what it is part of.
struct Place {
    std::size_t at;
    std::string what;
};

/// A log whose tables have branches, and the file as it was when it was closed.
class ClosedLog {
 public:
    enum class Reader { none, all_along };
    explicit ClosedLog(std::size_t groups, Reader reader = Reader::none) {
        make_log(folder_.path(), signer_);
        const auto engine = open_log_engine(folder_.path(), sample_engine_options()).value();
        const auto scan = open_log_scan(folder_.path()).value();
        const auto view = reader == Reader::none ? nullptr : scan->open_view().value();
        for (std::size_t i = 0; i < groups; ++i) REQUIRE(append(*engine, 5, i + 1 == groups));
    }
    /// Takes away the annex values of events 1 to `count`, in one group.
    void erase(std::uint64_t count) {
        const auto engine = open_log_engine(folder_.path(), sample_engine_options()).value();
        REQUIRE(append(*engine, 0, false, 1, count));
    }
    /// What a writer does with the file as it is. @param erased  whose annex value it takes away
    [[nodiscard]] Outcome write(std::optional<std::uint64_t> erased = {}) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(write_in_child(erased));
        int status = 0;
        ::waitpid(child, &status, 0);
        if (!WIFEXITED(status)) return Outcome::other;
        if (WEXITSTATUS(status) == 0) return Outcome::written;
        return WEXITSTATUS(status) == noticed_code ? Outcome::noticed : Outcome::other;
    }
    [[nodiscard]] Bytes load() const {
        std::ifstream file(data(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void store(ByteView bytes, std::size_t at = 0) const {
        const int file = ::open(data().c_str(), O_WRONLY | O_CLOEXEC);
        REQUIRE(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
                static_cast<ssize_t>(bytes.size()));
        REQUIRE(::close(file) == 0);
    }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
    [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "log" / "data.mdb"; }
    [[nodiscard]] Result<void> append(LogEngine& engine, std::size_t count, bool with_long_one,
                                      std::uint64_t first_erased = 0, std::uint64_t last_erased = 0) {
        const TreeSize size = engine.size().value();
        GroupBuilder builder(default_suite(), sample_origin(signer_),
                             Frontier::load(default_suite(), size, engine).value());
        std::vector<EventDraft> drafts;
        for (std::size_t i = 0; i < count; ++i) {
            drafts.push_back(seat_draft(size.value + i));
            drafts.back().annex = {annex_value(AnnexField::device_name, "PC-" + std::to_string(size.value + i))};
        }
        if (with_long_one) {  // on pages of its own
            drafts.push_back(genesis_draft(signer_));
            std::get<LedgerCreated>(drafts.back().body).vendor_root = Bytes(5'000, 0x30);
        }
        for (std::uint64_t erased = first_erased; erased != 0 && erased <= last_erased; ++erased) {
            drafts.push_back({{Actor::Kind::operator_, Actor::Authority::local_account, {}},
                              AnnexErased{{erased}, AnnexField::device_name},
                              {}});
        }
        (void)builder.add(std::move(drafts), sample_start).value();
        const auto group = builder.close().sign(signer_).value();
        return engine.append(size, group->events(), group->head());
    }
    int write_in_child(std::optional<std::uint64_t> erased) {
        end_at_page_fault(MappedKind::log, "", noticed_code);
        const auto engine = open_log_engine(folder_.path(), sample_engine_options());
        // A version of the format that is not there is told as that.
        const bool told =
            !engine && (engine.error().code == errc::log_damaged || engine.error().code == errc::log_format_unknown);
        if (!engine) return told ? noticed_code : 1;
        const auto tail = check_tail(**engine, sample_origin(signer_), signer_.public_key());
        if (!tail) return tail.error().code == errc::log_damaged ? noticed_code : 1;
        const auto written = append(**engine, 5, false, erased.value_or(0), erased.value_or(0));
        if (written) return 0;
        return written.error().code == errc::log_damaged ? noticed_code : 2;
    }
    support::TemporaryFolder folder_;
    support::SoftwareSigner signer_;
};

/// What stands where at the right edge of a file.
class EdgeMap {
 public:
    explicit EdgeMap(const Bytes& file) : file_(file) {
        const auto header = [&](PageNumber i) { return HeaderPage::parse(page(i), i).value(); };
        newest_ = header(0).transaction > header(1).transaction ? 0 : 1;
        const HeaderPage newest = header(newest_);
        add_header();
        const TreePage list = walk("free", newest.free_pages);
        for (const auto& node : list.nodes()) {
            const auto begin = static_cast<std::size_t>(node.value.data() - list.nodes().front().value.data());
            const std::size_t count = word_at(node.value, 0);
            const std::size_t at = place_of_value(list, list.nodes().front()) + begin;
            for (std::size_t i = 1; i <= count; ++i) free_pages_.push_back(at + i * 8);
        }
        const auto main = walk("main", newest.main);
        for (const auto& node : main.nodes()) {
            names_.emplace_back(as_text(node.key));
            trees_[names_.back()] = TreeRecord::from(node.value);
            walk(names_.back(), trees_[names_.back()]);
        }
    }
    /// Leaves of the last branch, without the last one.
    [[nodiscard]] std::vector<PageNumber> leaves(const std::string& name) const {
        std::vector<PageNumber> found;
        for (PageNumber number = trees_.at(name).root;;) {
            const TreePage now = TreePage::parse(copy(page(number)), number).value();
            if (now.is_leaf()) return found;
            found.clear();
            for (const auto& node : now.nodes()) found.push_back(node.page);
            number = found.back();
            found.pop_back();
        }
    }
    /// Where in the file the numbers of free pages stand.
    [[nodiscard]] const std::vector<std::size_t>& free_pages() const { return free_pages_; }
    /// Of each kind of byte the first, and every one behind it that is a multiple of `step` further.
    [[nodiscard]] std::vector<Place> every(std::size_t step, std::size_t value_step) const {
        std::map<std::string, std::size_t> met;
        std::vector<Place> chosen;
        for (const Place& place : places_) {
            const bool in_value = place.what.ends_with(" value");
            if (met[place.what]++ % (in_value ? value_step : step) == 0) chosen.push_back(place);
        }
        return chosen;
    }

 private:
    [[nodiscard]] ByteView page(PageNumber number) const {
        return ByteView(file_).subspan(number * page_bytes, page_bytes);
    }
    void add(std::size_t begin, std::size_t count, const std::string& what) {
        for (std::size_t i = 0; i < count; ++i) places_.push_back({begin + i, what});
    }
    void add_header() {
        const std::size_t at = newest_ * page_bytes;
        add(at, 8, "header number");
        add(at + 10, 2, "header kind");
        add(at + 16, 8, "header format");
        add(at + 40, 4, "header page size");
        add(at + 44, 2, "header kind of tree");
        add(at + 46, 2, "header depth");
        add(at + 72, 16, "header entries and root");
        add(at + 88 + 4, 4, "header kind of tree");
        add(at + 88 + 32, 16, "header entries and root");
        add(at + 144, 8, "header transaction");
        add((1 - newest_) * page_bytes + 144, 8, "other header transaction");
    }
    [[nodiscard]] std::size_t place_of_value(const TreePage& now, const lmdb::PageNode& node) const {
        std::uint16_t offset = 0;
        std::memcpy(&offset, file_.data() + now.number() * page_bytes + 16, sizeof offset);
        return now.number() * page_bytes + offset + 8 + node.key.size();
    }
    TreePage walk(const std::string& name, const TreeRecord& tree) {
        for (PageNumber number = tree.root;;) {
            TreePage now = TreePage::parse(copy(page(number)), number).value();
            add_page(name + (now.is_leaf() ? " leaf" : " branch"), now);
            if (now.is_leaf()) return now;
            number = now.nodes().back().page;
        }
    }
    void add_page(const std::string& what, const TreePage& now) {
        const std::size_t at = now.number() * page_bytes;
        add(at, 8, what + " number");
        add(at + 10, 6, what + " header");  // the two before are nobody's
        add(at + 16, 2 * now.nodes().size(), what + " offsets");
        for (std::size_t i = 0; i < now.nodes().size(); ++i) {
            std::uint16_t offset = 0;
            std::memcpy(&offset, file_.data() + at + 16 + 2 * i, sizeof offset);
            const auto& node = now.nodes()[i];
            const bool last = i + 1 == now.nodes().size();
            add(at + offset, 8, what + (now.is_leaf() ? " node" : last ? " last child" : " child"));
            add(at + offset + 8, node.key.size(), what + (now.is_leaf() || last ? " key" : " other key"));
            if (node.is_tree) {
                add(at + offset + 8 + node.key.size(), 8, what + " kind and depth of a table");
                add(at + offset + 8 + node.key.size() + 40, 8, what + " root of a table");
            } else if (now.is_leaf() && what != "free leaf") {
                add(at + offset + 8 + node.key.size(), node.page == 0 ? node.value.size() : 8, what + " value");
            }
            if (node.page != 0 && now.is_leaf()) {
                add(node.page * page_bytes, 8, what + " value's page number");
                add(node.page * page_bytes + 10, 6, what + " value's page header");
                add(node.page * page_bytes + 16, 5'000, what + " value");
            }
        }
    }

    const Bytes& file_;
    PageNumber newest_ = 0;
    std::vector<std::string> names_;
    std::map<std::string, TreeRecord> trees_;
    std::vector<std::size_t> free_pages_;
    std::vector<Place> places_;
};

struct Count {
    std::size_t noticed = 0;
    std::size_t all = 0;
};

/// One bit of each byte turned over, one at a time.
std::map<std::string, Count> try_places(ClosedLog& log, const std::vector<Place>& places) {
    const Bytes good = log.load();
    std::map<std::string, Count> counts;
    for (const Place& place : places) {
        const Bytes bad{static_cast<std::uint8_t>(good[place.at] ^ 1U << place.at % 8)};
        log.store(bad, place.at);
        const Outcome outcome = log.write();
        log.store(outcome == Outcome::noticed ? ByteView(good).subspan(place.at, 1) : ByteView(good),
                  outcome == Outcome::noticed ? place.at : 0);
        CAPTURE(place.at, place.what);
        if (outcome == Outcome::other) CHECK(outcome == Outcome::noticed);
        Count& count = counts[place.what];
        ++count.all;
        count.noticed += outcome == Outcome::noticed ? 1U : 0U;
    }
    return counts;
}

}  // namespace

TEST_CASE("edge: a bit turned over where the next append goes is noticed, and nothing is written (L8)", "[edge]") {
    ClosedLog log(120);
    const Bytes good = log.load();
    for (const auto& [what, count] : try_places(log, EdgeMap(good).every(16, 300))) {
        CAPTURE(what);
        // What only the verifier finds: which pages lie to the left, and which transaction freed a page.
        if (what.ends_with(" branch child") || what == "free leaf key") continue;
        CHECK(count.noticed == count.all);
    }
    CHECK(log.write() == Outcome::written);  // what it was
}

TEST_CASE("edge: a list of free pages that names one in use is not written from (L8)", "[edge]") {
    ClosedLog log(120);
    const Bytes good = log.load();
    const EdgeMap map(good);
    std::size_t tried = 0;
    // Old pages of the log, away from the edge; each in place of a free one where the order of the list stays.
    for (const PageNumber live : map.leaves("events")) {
        for (const std::size_t at : map.free_pages()) {
            const auto before = word_at(good, at - 8);  // the greater one, or how many there are
            const auto behind = word_at(good, at + 8);
            const bool first = before < 64 && word_at(good, at) > before;
            if ((!first && live >= before) || live <= behind || behind < lmdb::first_data_page) continue;
            Bytes bad(sizeof live);
            std::memcpy(bad.data(), &live, sizeof live);
            log.store(bad, at);
            CAPTURE(live, at);
            CHECK(log.write() == Outcome::noticed);
            log.store(ByteView(good).subspan(at, 8), at);
            if (++tried == 20) return;
        }
    }
    CHECK(tried > 0);
}

TEST_CASE("edge: a damaged page that holds what is to be erased is noticed, and nothing is written (L8)", "[edge]") {
    ClosedLog log(120);
    const Bytes good = log.load();
    const auto leaves = EdgeMap(good).leaves("annex");
    REQUIRE(leaves.size() > 4);
    const auto first_of = [&](PageNumber number) {
        const auto page =
            TreePage::parse(copy(ByteView(good).subspan(number * page_bytes, page_bytes)), number).value();
        std::uint64_t key = 0;
        for (const std::uint8_t byte : page.nodes().front().key) key = key << 8 | byte;
        return key;
    };
    // The page that it lies on, and those beside it; not the one behind them.
    for (const std::size_t at : {1U, 2U, 3U, 4U}) {
        const std::size_t begin_of_nodes = leaves[at] * page_bytes + 14;
        const Bytes bad{static_cast<std::uint8_t>(good[begin_of_nodes] ^ 2U)};
        log.store(bad, begin_of_nodes);
        CAPTURE(at);
        CHECK(log.write(first_of(leaves[2])) == (at == 4 ? Outcome::written : Outcome::noticed));
        log.store(good);
    }
    CHECK(log.write(first_of(leaves[2])) == Outcome::written);
}

TEST_CASE("edge: a log is opened again after every kind of write", "[edge]") {
    for (const std::size_t groups : {0U, 1U, 2U, 3U, 13U, 40U, 200U}) {
        CAPTURE(groups);
        ClosedLog log(groups);
        for (int i = 0; i < 5; ++i) REQUIRE(log.write() == Outcome::written);
    }
}

TEST_CASE("edge: a long list of free pages, and values of it on pages of their own, are no damage", "[edge]") {
    ClosedLog log(250, ClosedLog::Reader::all_along);  // which keeps every page that was freed
    CHECK(log.write() == Outcome::written);
    log.erase(1'249);
    for (int i = 0; i < 5; ++i) CHECK(log.write() == Outcome::written);
    const auto engine = open_log_engine(log.folder(), sample_engine_options());
    REQUIRE(engine);
    CHECK((*engine)->annex({700}).value().empty());
}

// Not run with the others: prints how much of what is found.
TEST_CASE("edge: how many bytes are noticed", "[.measure]") {
    ClosedLog log(500);
    const Bytes good = log.load();
    Count all;
    for (const auto& [what, count] : try_places(log, EdgeMap(good).every(3, 41))) {
        std::printf("%-40s %5zu of %5zu\n", what.c_str(), count.noticed, count.all);
        all.noticed += count.noticed;
        all.all += count.all;
    }
    std::printf("%-40s %5zu of %5zu\n", "all", all.noticed, all.all);
}

}  // namespace ledger
