// A ledger is put into service only if its log is the one that the token remembers. Invariants L7 and L8, on a real
// token and a real log.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>

#include "api/commands/admin_commands.hpp"
#include "api/start_record.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/support/function_task.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/node.hpp"
#include "tools/node/node_services.hpp"
#include "tools/node/recovery.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// A SoftHSM token and a ledger, each in a folder of its own, so that each can be set back alone.
class Machine {
 public:
    Machine() {
        fs::create_directory(tokens());
        folder.write("softhsm2.conf", "directories.tokendir = " + tokens().string() + "\nobjectstore.backend = file\n");
        REQUIRE(::setenv("SOFTHSM2_CONF", (folder / "softhsm2.conf").c_str(), 1) == 0);
        folder.write("pin", "123456");
        folder.write("so-pin", "87654321");
        config =
            config::parse("[ledger]\nfolder = \"ledger\"\n[hsm]\nuri = \"pkcs11:token=node\"\npin_file = \"pin\"\n",
                          folder.path() / "actledgerd.toml")
                .value();
        server_id = create().value().server_id;
    }
    [[nodiscard]] ledger::Result<node::Creation> create() const {
        return node::create_ledger(config, vendor.root(), hsm::choose_pin_source(folder.path() / "so-pin", {}), {});
    }
    [[nodiscard]] fs::path tokens() const { return folder.path() / "tokens"; }
    [[nodiscard]] fs::path log() const { return folder.path() / "ledger"; }

    /// In service once: writes `events` events and leaves the newest head in the anchor.
    void serve(int events) const {
        const auto opened = node::Node::open(config, {});
        REQUIRE(opened);
        node::Node& node = **opened;
        for (int i = 0; i < events; ++i) {
            auto task = std::make_unique<support::FunctionTask>([&](const ledger::Moment& moment) {
                const auto& open = node.decider().state().settings().open_enrolment();
                const api::commands::ChangeSetting change{{}, "open_enrolment", open ? "false" : "true"};
                return decide(change, node.decider().context(moment));
            });
            auto outcome = task->outcome();
            node.sequencer().submit(std::move(task));
            REQUIRE(outcome.get());
        }
        REQUIRE(node.flush_anchor(10s));
    }
    [[nodiscard]] std::string refusal() const {
        const auto opened = node::Node::open(config, {});
        REQUIRE_FALSE(opened);
        CHECK_FALSE(opened.error().remedy(ledger::Language::chinese).empty());
        return std::string(opened.error().stable_code());
    }
    /// What the folder holds now, for set_back().
    [[nodiscard]] fs::path copy(const fs::path& of) const {
        fs::path to = folder.path() / ("copy-" + std::to_string(copies_++));
        fs::copy(of, to, fs::copy_options::recursive);
        return to;
    }
    static void set_back(const fs::path& what, const fs::path& copy) {
        fs::remove_all(what);
        fs::copy(copy, what, fs::copy_options::recursive);
    }

    support::TemporaryFolder folder;
    support::Vendor vendor;
    config::Config config;
    std::string server_id;

 private:
    mutable int copies_ = 0;
};

}  // namespace

TEST_CASE("node: a log that the anchor knows goes on, event after event", "[L7]") {
    const Machine machine;
    machine.serve(3);
    machine.serve(2);
    const auto opened = node::Node::open(machine.config, {});
    REQUIRE(opened);
    CHECK((*opened)->log().size().value().value == 6);
    CHECK((*opened)->facts().origin.text() == machine.server_id + "/1");
}

TEST_CASE("node: an upgrade is in the record: once, with the version that writes from then on") {
    const Machine machine;
    /// One start of a server of that version. @return how many events it wrote
    const auto start = [&](const std::string& version) {
        const auto opened = node::Node::open(machine.config, {});
        REQUIRE(opened);
        node::NodeServices services(**opened, machine.config.ledger.folder);
        api::IoThread io;
        io.start();
        const std::uint64_t before = (*opened)->log().size().value().value;
        const auto wrote = boost::asio::co_spawn(io.executor(), api::record_start(services.ledger(), io, version),
                                                 boost::asio::use_future)
                               .get();
        REQUIRE(wrote);
        (*opened)->stop();
        io.stop();
        const std::uint64_t after = (*opened)->log().size().value().value;
        CHECK(*wrote == (after > before));
        return after - before;
    };
    CHECK(start(ACTLEDGER_VERSION) == 0);  // event 0 has it
    CHECK(start("99.0.0") == 1);
    CHECK(start("99.0.0") == 0);
    CHECK(start(ACTLEDGER_VERSION) == 1);  // back again, with the state of a snapshot
    const auto log = ledger::open_log_reader(machine.config.ledger.folder);
    REQUIRE(log);
    const auto upgraded = ledger::decode_event((*log)->event({1}).value()).value();
    CHECK(std::get<ledger::ServerStarted>(upgraded.body).software_version == "99.0.0");
    CHECK(upgraded.actor.kind == ledger::Actor::Kind::server);
}

TEST_CASE("node: making the ledger again changes nothing, and another root is a conflict", "[L7][L10]") {
    Machine machine;
    machine.serve(1);
    const auto again = machine.create();
    REQUIRE(again);
    CHECK_FALSE(again->made_ledger);
    CHECK(again->server_id == machine.server_id);
    machine.vendor = support::Vendor();
    CHECK(machine.create().error().stable_code() == "vendor-root-differs");
    machine.serve(1);
}

TEST_CASE("node: an anchor of the first version of the format is good, and the next one names the keys", "[L7][L8]") {
    const Machine machine;
    machine.serve(2);
    const ledger::Suite& suite = ledger::default_suite();
    const auto with_token = [&](const std::function<void(hsm::Token&, const ledger::Anchor&)>& act) {
        const auto token = hsm::Token::open(node::present_token_options(machine.config).value());
        REQUIRE(token);
        REQUIRE((*token)->wait_ready(10s));
        const auto notes = (*token)->read().value();
        REQUIRE(notes.size() == 1);
        act(**token, ledger::verify_anchor(suite, notes.front(), (*token)->public_key()).value());
    };
    with_token([&](hsm::Token& token, ledger::Anchor anchor) {
        REQUIRE_FALSE(anchor.keys.front().digest);
        anchor.keys = {{1, 1, {}, suite.hash(token.public_key().spki())}};
        REQUIRE(token.replace(ledger::sign_anchor(suite, anchor, token).value()));
    });
    const fs::path earlier = machine.copy(machine.log());
    machine.serve(3);
    with_token([&](hsm::Token& token, const ledger::Anchor& anchor) {
        REQUIRE(anchor.keys.size() == 1);
        CHECK(anchor.keys.front().key == token.public_key().compressed());
        CHECK(anchor.head.size.value == 6);
    });
    Machine::set_back(machine.log(), earlier);
    CHECK(machine.refusal() == "log-behind-anchor");
}

TEST_CASE("node: two ledgers have their keys on one token, and neither is anything to the other", "[L3][L8]") {
    Machine machine;
    machine.serve(2);
    config::Config other = machine.config;
    machine.config = config::parse(
                         "[ledger]\nfolder = \"other\"\n[hsm]\nuri = "
                         "\"pkcs11:token=node;object=second\"\npin_file = \"pin\"\n",
                         machine.folder.path() / "actledgerd.toml")
                         .value();
    const auto second = machine.create();
    REQUIRE(second);
    CHECK(second->server_id != machine.server_id);
    machine.serve(3);
    std::swap(machine.config, other);
    machine.serve(1);
    for (const config::Config& config : {other, machine.config}) {
        const auto token = hsm::Token::open(node::present_token_options(config).value()).value();
        REQUIRE(token->wait_ready(10s));
        CHECK(token->read()->size() == 1);
        CHECK(token->read_others()->size() == 1);
    }
}

TEST_CASE("node: a log that lost its newest events is noticed at the start", "[L8]") {
    const Machine machine;
    machine.serve(2);
    const fs::path earlier = machine.copy(machine.log());
    machine.serve(4);
    const fs::path newest = machine.copy(machine.log());
    Machine::set_back(machine.log(), earlier);
    CHECK(machine.refusal() == "log-behind-anchor");
    // Nothing was written in either place by the attempt.
    CHECK(machine.refusal() == "log-behind-anchor");
    Machine::set_back(machine.log(), newest);
    machine.serve(1);
}

TEST_CASE("node: a log with another history than the anchor's is noticed at the start, also when it is longer",
          "[L3][L8]") {
    const Machine machine;
    machine.serve(1);
    const fs::path log = machine.copy(machine.log());
    const fs::path tokens = machine.copy(machine.tokens());
    machine.serve(2);
    const fs::path anchored = machine.copy(machine.tokens());
    Machine::set_back(machine.log(), log);
    Machine::set_back(machine.tokens(), tokens);
    machine.serve(5);  // log and token were set back together: nothing here can tell
    Machine::set_back(machine.tokens(), anchored);
    CHECK(machine.refusal() == "log-contradicts-anchor");
}

TEST_CASE("node: token and log that were set back together are noticed by the second anchor, so no start without it",
          "[L3][L8]") {
    Machine machine;
    machine.config.hsm.anchor_folder = machine.folder.path() / "disk" / "anchor";
    // The disk is away: its mount point is empty, and the folder is not made on the disk below.
    CHECK(machine.refusal() == "hsm-anchor-folder-failed");
    fs::create_directory(machine.folder.path() / "disk");
    machine.serve(1);
    const fs::path log = machine.copy(machine.log());
    const fs::path tokens = machine.copy(machine.tokens());
    machine.serve(4);
    const fs::path newest = machine.copy(machine.log());
    const fs::path newest_tokens = machine.copy(machine.tokens());
    Machine::set_back(machine.log(), log);
    Machine::set_back(machine.tokens(), tokens);
    CHECK(machine.refusal() == "log-behind-anchor");
    fs::rename(machine.folder.path() / "disk", machine.folder.path() / "away");
    CHECK(machine.refusal() == "hsm-anchor-folder-failed");
    fs::rename(machine.folder.path() / "away", machine.folder.path() / "disk");
    CHECK(machine.refusal() == "log-behind-anchor");
    Machine::set_back(machine.log(), newest);
    Machine::set_back(machine.tokens(), newest_tokens);
    machine.serve(1);
}

TEST_CASE("node: after a recovery the log goes on under the next origin, with the token as it is now or as it was",
          "[L3][L7][L8]") {
    const Machine machine;
    machine.serve(2);
    const fs::path earlier = machine.copy(machine.log());
    machine.serve(4);
    const fs::path tokens = machine.copy(machine.tokens());
    Machine::set_back(machine.log(), earlier);
    REQUIRE(machine.refusal() == "log-behind-anchor");
    {
        const auto recovery = node::Recovery::open(machine.config, {}, false, {}).value();
        REQUIRE(recovery->check_needed());
        CHECK(recovery->loss().gap() == std::pair(ledger::SequenceNumber{3}, ledger::SequenceNumber{6}));
        // Nobody else writes meanwhile.
        CHECK(machine.refusal() == "log-locked");
        const auto done = recovery->run(ledger::IncarnationOpened::Reason::anchor);
        REQUIRE(done);
        CHECK(done->origin.text() == machine.server_id + "/2");
    }
    {
        const auto recovery = node::Recovery::open(machine.config, {}, false, {}).value();
        CHECK(recovery->check_needed().error().stable_code() == "nothing-to-recover");
    }
    machine.serve(3);
    // A token of before: its anchor's head is of the history that was closed, and the log says so.
    Machine::set_back(machine.tokens(), tokens);
    machine.serve(1);
    machine.serve(1);
    const auto opened = node::Node::open(machine.config, {});
    REQUIRE(opened);
    CHECK((*opened)->facts().origin.text() == machine.server_id + "/2");
    CHECK((*opened)->log().size().value().value == 9);
    REQUIRE((*opened)->facts().incarnations.opened().size() == 1);
    CHECK((*opened)->facts().incarnations.opened()[0].known->head.size.value == 7);
}

TEST_CASE("node: a log of an earlier incarnation is noticed, also when it is longer than the anchor's", "[L8]") {
    const Machine machine;
    machine.serve(1);
    const fs::path earlier = machine.copy(machine.log());
    machine.serve(9);
    const fs::path longer = machine.copy(machine.log());
    Machine::set_back(machine.log(), earlier);
    REQUIRE(
        node::Recovery::open(machine.config, {}, false, {}).value()->run(ledger::IncarnationOpened::Reason::restored));
    Machine::set_back(machine.log(), longer);
    CHECK(machine.refusal() == "log-behind-anchor");
    const auto again = node::Recovery::open(machine.config, {}, false, {}).value();
    CHECK(again->run(ledger::IncarnationOpened::Reason::anchor).value().origin.text() == machine.server_id + "/3");
}

TEST_CASE("node: what has two histories is not recovered by guessing", "[L3][L8]") {
    const Machine machine;
    machine.serve(1);
    const fs::path log = machine.copy(machine.log());
    const fs::path tokens = machine.copy(machine.tokens());
    machine.serve(2);
    const fs::path anchored = machine.copy(machine.tokens());
    Machine::set_back(machine.log(), log);
    Machine::set_back(machine.tokens(), tokens);
    machine.serve(5);
    Machine::set_back(machine.tokens(), anchored);
    const auto recovery = node::Recovery::open(machine.config, {}, false, {});
    REQUIRE_FALSE(recovery);
    CHECK(recovery.error().stable_code() == "log-contradicts-anchor");
}

TEST_CASE("node: a log is not served with another ledger's token", "[L7][L8]") {
    const Machine machine;
    const Machine other;  // its token is the one in use now
    config::Config mixed = other.config;
    mixed.ledger.folder = machine.config.ledger.folder;
    node::NodeOptions options;
    options.wait_for_token = 1s;
    std::promise<void> told;
    options.on_fatal = [&](const ledger::Error&) { told.set_value(); };
    const auto opened = node::Node::open(mixed, std::move(options));
    // The key that the ledger is signed with is not there: nothing can be signed, whatever else is.
    if (opened) CHECK((*opened)->token().status().state != hsm::State::ready);
    CHECK_FALSE((opened && (*opened)->anchor_status()));
}

TEST_CASE("node: no server is made beside an anchor folder that remembers one, and its token stays as it was", "[L8]") {
    Machine machine;
    machine.config.hsm.anchor_folder = machine.folder.path() / "anchor";
    machine.serve(2);
    fs::remove_all(machine.log());
    fs::remove_all(machine.tokens());
    fs::create_directory(machine.tokens());
    const auto created = machine.create();
    REQUIRE_FALSE(created);
    CHECK(created.error().stable_code() == "anchor-folder-in-use");
    CHECK(created.error().sentence(ledger::Language::english).find(machine.server_id) != std::string::npos);
    CHECK(created.error().sentence(ledger::Language::english).find("3 events") != std::string::npos);
    CHECK(fs::is_empty(machine.tokens()));
    machine.config.hsm.anchor_folder = machine.folder.path() / "another";
    CHECK(machine.create().value().server_id != machine.server_id);
}

TEST_CASE("node: a used token without its ledger is not taken for a new one", "[L8]") {
    const Machine machine;
    machine.serve(2);
    fs::remove_all(machine.log());
    const auto created = machine.create();
    REQUIRE_FALSE(created);
    CHECK(created.error().stable_code() == "hsm-in-use");
}
