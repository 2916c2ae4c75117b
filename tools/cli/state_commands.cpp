// `actledger snapshot` and `actledger replay`: on the log alone, beside a running server or without one.

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "projections/state/state_writer.hpp"
#include "snapshot/read_rebuild.hpp"
#include "snapshot/state_errc.hpp"
#include "snapshot/state_replay.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

using ledger::Result;
using snapshot::SnapshotVerdict;

std::string name_of(const std::filesystem::path& path) { return path.filename().string(); }

/// A warning, unlike run.fail(): the command goes on.
void warn(const Invocation& run, const ledger::Error& error) {
    static_cast<void>(terminal::report("actledger", error, run.language()));
}

/// What was wrong and no longer is: its remedy would ask for what has just been done.
void note(const Invocation& run, const ledger::Error& error) {
    const bool chinese = run.language() == ledger::Language::chinese;
    std::fprintf(stderr, "actledger: %s (%s)\n  %s\n", error.sentence(run.language()).c_str(),
                 std::string(error.stable_code()).c_str(),
                 chinese ? "已修复。如果没有发生过磁盘故障或断电，请上报此问题。"
                         : "It is mended. If no disk failed and no power was cut, report it.");
}

Result<void> make_snapshot(Invocation& run) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    ACTLEDGER_TRY(const ledger::TreeSize size, log->size());
    const snapshot::StateFolder folder(config.ledger.folder);
    std::optional<terminal::Progress> progress;
    progress.emplace("snapshot", size.value);
    const auto made = snapshot::make_snapshot(folder, *log, [&](std::uint64_t folded) {
        progress->advance_to(folded);
        return true;
    });
    progress.reset();
    if (!made) return made.error();
    const snapshot::MadeSnapshot& one = made->value();  // nobody has stopped it
    for (const auto& rejected : one.rejected) warn(run, rejected.why);
    const std::string digest = ledger::hex_encode(one.facts.state.view());
    if (run.json) {
        const boost::json::object answer{{"file", one.path.string()},
                                         {"size", one.facts.head.size.value},
                                         {"digest", digest},
                                         {"bytes", snapshot::state_header_bytes + one.facts.body_bytes},
                                         {"folded_from", one.from.value},
                                         {"new", one.is_new}};
        std::printf("%s\n", boost::json::serialize(answer).c_str());
        return {};
    }
    const std::string events = std::to_string(one.facts.head.size.value);
    if (one.is_new) {
        run.say("A snapshot of " + events + " events was made:", "已生成包含 " + events + " 个事件的快照：");
    } else {
        run.say("The newest snapshot is of all " + events + " events already:",
                "最新快照已包含全部 " + events + " 个事件：");
    }
    std::printf("  %s\n  %s\n", one.path.c_str(), digest.c_str());
    return {};
}

std::optional<std::string> text_in(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

struct AskedServer {
    bool answers = false;
    /// Nothing of one that has none to compare: it starts, does not serve its ledger, or is of another version.
    std::optional<snapshot::ServerState> state;
};

Result<AskedServer> ask_server(const Invocation& run, const config::Config& config) {
    const auto server = connect_to_server(config.admin_socket(), run.language());
    if (server == nullptr) return AskedServer{};
    ACTLEDGER_TRY(const AdminAnswer answer, server->send({"GET", "/v1/admin/state/digest", {}}));
    const auto* object = answer.body.if_object();
    if (answer.status == 501 || answer.status == 503 || answer.status == 404) return AskedServer{true, {}};
    const ledger::Error unreadable{errc::bad_answer, {}, {{"socket", config.admin_socket().string()}}};
    if (answer.status != 200 || object == nullptr) return unreadable;
    const auto* size = object->if_contains("size");
    const auto* version = object->if_contains("state_version");
    const auto digest = ledger::hex_decode(text_in(*object, "digest").value_or(""));
    if (size == nullptr || !size->is_int64() || version == nullptr || !version->is_int64()) return unreadable;
    if (!digest || digest->size() != ledger::Digest::size_bytes) return unreadable;
    if (version->get_int64() != projections::state_version) return AskedServer{true, {}};
    return AskedServer{
        true, snapshot::ServerState{{static_cast<std::uint64_t>(size->get_int64())}, ledger::Digest::from(*digest)}};
}

std::string_view word_for(SnapshotVerdict::Outcome outcome) {
    switch (outcome) {
        case SnapshotVerdict::Outcome::same:
            return "same";
        case SnapshotVerdict::Outcome::bad:
            return "bad";
        case SnapshotVerdict::Outcome::repaired:
            return "repaired";
        case SnapshotVerdict::Outcome::removed:
            return "removed";
    }
    return "?";
}

boost::json::object to_json(const snapshot::ReplayReport& report, const AskedServer& server) {
    boost::json::array snapshots;
    for (const SnapshotVerdict& verdict : report.snapshots) {
        boost::json::object one{
            {"file", verdict.path.string()}, {"size", verdict.size.value}, {"result", word_for(verdict.outcome)}};
        if (verdict.why) one["code"] = verdict.why->stable_code();
        snapshots.push_back(std::move(one));
    }
    boost::json::object answer{{"size", report.size.value},
                               {"digest", ledger::hex_encode(report.state.view())},
                               {"snapshots", std::move(snapshots)}};
    answer["made"] = report.made ? boost::json::value(report.made->string()) : nullptr;
    answer["server"] = !server.state ? boost::json::value(nullptr) : report.server_differs ? "differs" : "same";
    return answer;
}

void show_report(const Invocation& run, const snapshot::ReplayReport& report, const AskedServer& server) {
    const std::string events = std::to_string(report.size.value);
    run.say(events + " events folded; the state's digest:", "已处理 " + events + " 个事件；状态摘要：");
    std::printf("  %s\n", ledger::hex_encode(report.state.view()).c_str());
    for (const SnapshotVerdict& verdict : report.snapshots) {
        const std::string file = name_of(verdict.path);
        switch (verdict.outcome) {
            case SnapshotVerdict::Outcome::same:
                run.say(file + ": the same", file + "：一致");
                break;
            case SnapshotVerdict::Outcome::bad:
                run.say(file + ": BAD", file + "：异常");
                break;
            case SnapshotVerdict::Outcome::repaired:
                run.say(file + ": was bad, and was made again", file + "：异常，已重新生成");
                break;
            case SnapshotVerdict::Outcome::removed:
                run.say(file + ": was bad, and was removed", file + "：异常，已删除");
                break;
        }
        if (!verdict.why) continue;
        if (verdict.outcome == SnapshotVerdict::Outcome::bad) {
            warn(run, *verdict.why);
        } else {
            note(run, *verdict.why);
        }
    }
    if (report.made) run.say("made: " + name_of(*report.made), "已生成：" + name_of(*report.made));
    if (server.answers && !server.state) {
        run.say(
            "The running server has no state to compare: it starts, does not serve its ledger, or is of another "
            "version.",
            "运行中的服务器没有可比较的状态：正在启动、未提供账本服务，或版本不同。");
    } else if (!server.answers) {
        run.say("No server runs: its state was not compared.", "服务器未运行：未比较其状态。");
    } else if (!report.server_differs) {
        run.say("The running server's state: the same", "运行中服务器的状态：一致");
    }
}

/// Rebuilt beside the old ones; nothing where there is nothing to compare, and nothing may be written.
Result<std::optional<snapshot::ReadRebuild>> rebuild(const config::Config& config, const ledger::LogReader& log,
                                                     bool check_only) {
    const auto folder = config.ledger.folder / "read";
    if (check_only && !std::filesystem::exists(folder)) return std::optional<snapshot::ReadRebuild>();
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    terminal::Progress progress("read models", size.value);
    const auto swap = check_only ? snapshot::ReadSwap::never : snapshot::ReadSwap::if_unused;
    ACTLEDGER_TRY(snapshot::ReadRebuild rebuilt,
                  snapshot::rebuild_read_models(folder, log, swap, [&](std::uint64_t folded) {
                      progress.advance_to(folded);
                      return true;
                  }));
    return std::optional(std::move(rebuilt));
}

boost::json::value to_json(const std::optional<snapshot::ReadRebuild>& models) {
    if (!models) return nullptr;
    return boost::json::object{{"size", models->size.value},
                               {"digest", ledger::hex_encode(models->digest.view())},
                               {"old", models->differs     ? "differs"
                                       : !models->old_size ? "missing"
                                                           : "same"},
                               {"swapped", models->swapped}};
}

void show_models(const Invocation& run, const std::optional<snapshot::ReadRebuild>& models) {
    if (!models) return;
    if (models->differs && models->swapped) {
        run.say("Read models: were bad, and were made again", "查询数据：异常，已重新生成");
        note(run, *models->differs);
    } else if (models->differs) {
        run.say("Read models: BAD", "查询数据：异常");
        warn(run, *models->differs);
    } else if (!models->old_size) {
        run.say("Read models: there were none of this log", "查询数据：没有与本日志对应的数据");
    } else {
        run.say("Read models: the same", "查询数据：一致");
    }
    if (models->swapped) run.say("Read models: the new ones are in place", "查询数据：新数据已启用");
}

struct ReplayOptions {
    bool check_only = false;
    std::string only;  ///< "state", "read-models", or empty for both.
};

/// What was found, in the form that the options ask for; both parts may be missing.
struct Replayed {
    std::optional<snapshot::ReplayReport> state;
    AskedServer server;
    std::optional<snapshot::ReadRebuild> models;
};

Result<void> replay_state(const Invocation& run, const config::Config& config, const ledger::LogReader& log,
                          bool check_only, Replayed& replayed) {
    using Mode = snapshot::ReplayPlan::Mode;
    snapshot::ReplayPlan plan{.mode = check_only ? Mode::check : Mode::repair, .server = {}};
    ACTLEDGER_TRY(replayed.server, ask_server(run, config));
    plan.server = replayed.server.state;
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    terminal::Progress progress("replay", size.value);
    ACTLEDGER_TRY(replayed.state,
                  snapshot::replay(snapshot::StateFolder(config.ledger.folder), log, plan, [&](std::uint64_t folded) {
                      progress.advance_to(folded);
                      return true;
                  }));
    return {};
}

void show(const Invocation& run, const Replayed& replayed) {
    if (!run.json) {
        if (replayed.state) show_report(run, *replayed.state, replayed.server);
        show_models(run, replayed.models);
        return;
    }
    boost::json::object answer;
    if (replayed.state) answer = to_json(*replayed.state, replayed.server);
    answer["read_models"] = to_json(replayed.models);
    std::printf("%s\n", boost::json::serialize(answer).c_str());
}

Result<void> replay(Invocation& run, const ReplayOptions& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    Replayed replayed;
    if (options.only != "read-models") {
        ACTLEDGER_CHECK(replay_state(run, config, *log, options.check_only, replayed));
    }
    if (options.only != "state") {
        ACTLEDGER_TRY(replayed.models, rebuild(config, *log, options.check_only));
    }
    show(run, replayed);
    const auto end_with = [&](const ledger::Error& error) {
        run.exit_code = static_cast<int>(terminal::exit_of(error));
    };
    const auto& models = replayed.models;
    if (models && models->differs && !models->swapped) end_with(*models->differs);
    if (!replayed.state) return {};
    if (replayed.state->server_differs) return *replayed.state->server_differs;
    for (const SnapshotVerdict& verdict : replayed.state->snapshots) {
        if (verdict.outcome == SnapshotVerdict::Outcome::bad) end_with(*verdict.why);
    }
    return {};
}

}  // namespace

void add_state_commands(CLI::App& app, Invocation& run) {
    app.add_subcommand("snapshot",
                       "Store the state with its digest, so that the next start is quick; beside a running "
                       "server or without one")
        ->callback([&run] {
            if (const auto done = make_snapshot(run); !done) run.fail(done.error());
        });

    auto options = std::make_shared<ReplayOptions>();
    auto* command = app.add_subcommand("replay",
                                       "Fold the whole log again, compare with the snapshots and the running server, "
                                       "and make bad or missing snapshots and read models anew");
    command->add_flag("--check", options->check_only, "Only compare; nothing is written. The exit code tells");
    command->add_option("--only", options->only, "One of both alone")->check(CLI::IsMember({"state", "read-models"}));
    command->callback([&run, options] {
        if (const auto done = replay(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
