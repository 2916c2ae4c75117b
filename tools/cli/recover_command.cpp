#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/recovery.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

using ledger::AnchorStanding;
using ledger::Error;
using ledger::Result;

struct Options {
    bool dry_run = false;
    bool restored = false;
};

const char* name_of(const snapshot::Loss& loss) {
    if (loss.shown_by_client()) return "shown_by_client";
    switch (loss.standing) {
        case AnchorStanding::equal:
            return "equal";
        case AnchorStanding::ahead:
            return "ahead";
        case AnchorStanding::behind:
            return "behind";
        case AnchorStanding::unfinished:
            return "unfinished";
        case AnchorStanding::inconsistent:
            return "inconsistent";
        case AnchorStanding::foreign:
            return "foreign";
    }
    return "?";
}

boost::json::object report_json(const node::Recovery& recovery, const std::optional<snapshot::Recovered>& done) {
    const snapshot::Loss& loss = recovery.loss();
    boost::json::object report{{"found", name_of(loss)},
                               {"log",
                                {{"origin", loss.log_origin.text()},
                                 {"size", loss.kept.size.value},
                                 {"root_hash", ledger::base64_encode(loss.kept.root.view())}}},
                               {"anchor",
                                {{"origin", recovery.anchor().origin.text()},
                                 {"size", recovery.anchor().head.size.value},
                                 {"counter", recovery.anchor().counter}}}};
    const auto gap = loss.gap();
    report["missing"] = gap ? boost::json::value{{"first", gap->first.value}, {"last", gap->second.value}}
                            : boost::json::value(nullptr);
    boost::json::array licenses;
    for (const snapshot::LicenseLoss& one : loss.licenses) {
        licenses.push_back(boost::json::object{
            {"license_id", one.license_id},
            {"quantity", one.quantity ? boost::json::value(*one.quantity) : boost::json::value(nullptr)},
            {"held", one.held},
            {"unclaimed", one.unclaimed}});
    }
    report["licenses"] = std::move(licenses);
    report["opens"] = loss.opens.text();
    report["done"] = done.has_value();
    if (done) report["size"] = done->head.size.value;
    return report;
}

/// What was found, for a person who has to decide.
class Report {
 public:
    Report(const Invocation& run, const node::Recovery& recovery)
        : chinese_(run.language() == ledger::Language::chinese), recovery_(recovery), loss_(recovery.loss()) {}

    void print() const {
        line("Ledger", "账本",
             loss_.log_origin.text() + pick(", events: ", "，事件数：") + number(loss_.kept.size.value));
        line("HSM's anchor", "加密卡锚点",
             recovery_.anchor().origin.text() + pick(", events: ", "，事件数：") +
                 number(recovery_.anchor().head.size.value));
        line("Found", "结论", found());
        if (const auto gap = loss_.gap()) {
            line("Missing", "缺失",
                 pick("events ", "事件 ") + number(gap->first.value) + pick(" to ", " 至 ") +
                     number(gap->second.value) +
                     pick(", and whatever came after them: they were there, and nothing here has them",
                          "，以及其后的全部内容：它们曾经存在，但此处已无记录"));
        }
        for (const snapshot::LicenseLoss& one : loss_.licenses) {
            const std::string of = one.quantity
                                       ? pick(" of ", "，共 ") + number(*one.quantity)
                                       : pick(", not in this ledger: import it again", "，本账本中没有：请重新导入");
            line("Licence", "授权",
                 one.license_id + pick(": held ", "：已占用 ") + number(one.held) + pick(", unclaimed ", "，未认领 ") +
                     number(one.unclaimed) + of);
        }
        line("Opens", "将开启", loss_.opens.text());
    }

 private:
    [[nodiscard]] std::string pick(const char* english, const char* chinese) const {
        return chinese_ ? chinese : english;
    }
    [[nodiscard]] static std::string number(std::uint64_t value) { return std::to_string(value); }
    void line(const char* english, const char* chinese, const std::string& value) const {
        std::printf("%s\t%s\n", chinese_ ? chinese : english, value.c_str());
    }
    [[nodiscard]] std::string found() const {
        if (loss_.shown_by_client()) {
            return pick(
                "a client holds a head that the HSM signed and that this ledger does not have: ledger and token "
                "were set back together",
                "有客户端持有加密卡签发、而本账本没有的树头：账本与令牌被一起回退过");
        }
        if (loss_.standing == AnchorStanding::unfinished) {
            return pick("an earlier recovery was interrupted: its last step is missing",
                        "先前的恢复被中断：还差最后一步");
        }
        return pick("the ledger is behind the HSM: its newest events are lost", "账本落后于加密卡：最新的事件已丢失");
    }

    bool chinese_;
    const node::Recovery& recovery_;
    const snapshot::Loss& loss_;
};

Result<void> confirm(const Invocation& run, const std::string& server_id) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const std::string question =
        (chinese ? "此操作不可撤销：缺失的事件不会再回来。如确认没有更新的副本、镜像或导出，请输入服务器标识 "
                 : "This cannot be undone: what is missing does not come back. If there is no newer copy, mirror or "
                   "export, "
                   "type the server id ") +
        server_id + "\n> ";
    if (terminal::confirm_typed(question, server_id)) return {};
    return Error{terminal::errc::not_confirmed};
}

Result<void> recover(const Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_CHECK(check_stopped(run, config));
    ACTLEDGER_TRY(const hsm::PinSource pin,
                  options.dry_run ? pin_from_person(config, run.language()) : proven_pin(run, config));
    ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    ACTLEDGER_TRY(const auto recovery, node::Recovery::open(config, pin, {}));
    ACTLEDGER_CHECK(recovery->check_needed());
    std::optional<snapshot::Recovered> done;
    if (!run.json) Report(run, *recovery).print();
    if (!options.dry_run) {
        ACTLEDGER_CHECK(confirm(run, recovery->loss().log_origin.server_id));
        using Reason = ledger::IncarnationOpened::Reason;
        const Reason reason = recovery->loss().shown_by_client() ? Reason::witness
                              : options.restored                 ? Reason::restored
                                                                 : Reason::anchor;
        ACTLEDGER_TRY(done, recovery->run(reason));
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(*recovery, done)).c_str());
    } else if (!done) {
        run.say("Nothing was changed (--dry-run).", "未作任何改动（--dry-run）。");
    } else {
        run.say("The ledger goes on as " + done->origin.text() + ". Start the server.",
                "账本以 " + done->origin.text() + " 继续。请启动服务器。");
        if (done->second_failing) {
            run.say("Note: the anchor folder could not be written; the server tries again.",
                    "注意：锚目录未能写入；服务器会再次尝试。");
        }
    }
    return {};
}

}  // namespace

void add_recover_command(CLI::App& app, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand(
        "recover",
        "Go on from a ledger that lost its newest events: says what is missing, and opens the next incarnation");
    command->add_flag("--dry-run", options->dry_run, "Only say what was found; change nothing");
    command->add_flag("--restored", options->restored,
                      "Record that the ledger was restored from a mirror, an export or a copy on purpose");
    command->callback([&run, options] {
        if (const auto done = recover(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
