#include <algorithm>

#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"
#include "tools/verify/chunk.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/report.hpp"

namespace verify {
namespace {

using ledger::Language;

/// Lines for a terminal: what comes from the ledger or the file under audit is never written raw, because it may be
/// a forger's (it could colour, overwrite or add lines).
class Lines {
 public:
    explicit Lines(Language language) : language_(language) {}

    [[nodiscard]] std::string_view pick(std::string_view english, std::string_view chinese) const {
        return language_ == Language::chinese ? chinese : english;
    }
    /// One aligned line: a label in the reader's language and what it says.
    void add(std::string_view english, std::string_view chinese, std::string_view value) {
        constexpr std::size_t width = 14;
        const auto label = pick(english, chinese);
        // A Chinese character is three bytes and two columns.
        const std::size_t columns = language_ == Language::chinese ? label.size() / 3 * 2 : label.size();
        text_ += label;
        text_.append(columns < width ? width - columns : 1, ' ');
        text_ += ledger::as_one_line(value);
        text_ += '\n';
    }
    void add_line(std::string_view line) {
        text_ += ledger::as_one_line(line);
        text_ += '\n';
    }
    [[nodiscard]] std::string take() { return std::move(text_); }
    [[nodiscard]] Language language() const { return language_; }

 private:
    Language language_;
    std::string text_;
};

void add_findings(Lines& lines, const FindingList& findings) {
    std::uint64_t number = 0;
    for (const Finding& finding : findings.kept()) {
        lines.add_line("");
        std::string title = std::to_string(++number) + ". " + std::string(finding.error.stable_code());
        if (finding.events) {
            title += std::string(lines.pick(", event ", "，事件 ")) + finding.events->text(lines.language());
        }
        lines.add_line(title);
        lines.add_line("   " + finding.sentence(lines.language()));
        lines.add_line("   " + finding.remedy(lines.language()));
        if (!finding.error.detail.empty()) lines.add_line("   [" + finding.error.detail + "]");
    }
    if (findings.total() > findings.kept().size()) {
        lines.add_line("");
        lines.add_line(std::string(lines.pick("And more that are counted only: ", "另有仅计数的发现：")) +
                       std::to_string(findings.total() - findings.kept().size()) +
                       std::string(lines.pick(" (--max-findings shows more).", "（使用 --max-findings 显示更多）。")));
    }
}

enum class Extent { whole, ends_early };

void add_result(Lines& lines, const FindingList& findings, Extent extent = Extent::whole) {
    if (findings.empty()) {
        lines.add("Result", "结果",
                  extent == Extent::whole ? lines.pick("verified: nothing was found", "校验通过：未发现问题")
                                          : lines.pick("verified as far as this copy goes; it ends early",
                                                       "此副本所含部分校验通过；副本不完整"));
        return;
    }
    lines.add("Result", "结果",
              std::string(lines.pick("NOT GOOD: findings: ", "有问题：发现数：")) + std::to_string(findings.total()));
}

std::string counted(std::uint64_t count) { return std::to_string(count); }

void add_incarnations(Lines& lines, const LedgerReport& report) {
    for (const ledger::Incarnation& one : report.incarnations) {
        std::string text = counted(one.number) + std::string(lines.pick(" opened by event ", "，由事件开启：")) +
                           counted(one.opened_by.value);
        if (ledger::by_vendor(one.reason)) {
            text +=
                lines.pick(";  under another key, which the vendor re-endorsed", "；由厂商重新认可的另一把密钥签名");
        } else if (one.reason == ledger::IncarnationOpened::Reason::rotated) {
            text += lines.pick(";  under another key, to which the one before handed over",
                               "；由另一把密钥签名，原密钥已向其移交");
        }
        if (one.known) {
            text += std::string(lines.pick(";  a head known before it was of size ", "；此前已知的树头大小为 ")) +
                    counted(one.known->head.size.value);
        }
        lines.add("Incarnation", "世代", text);
        if (one.known && one.kept() < one.known->head.size) {
            lines.add("Missing", "缺失",
                      std::string(lines.pick("events ", "事件 ")) + counted(one.kept().value) +
                          std::string(lines.pick(" to ", " 至 ")) + counted(one.known->head.size.value - 1) +
                          std::string(lines.pick(", and whatever came after them", "，以及其后的内容")) +
                          (one.end_unknown() ? std::string(lines.pick(": how much that was is not known", "：数量未知"))
                                             : ""));
        } else if (one.end_unknown() && one.kept().value == 0) {
            lines.add("Missing", "缺失",
                      lines.pick("everything before: how much there was is not known", "此前的全部内容：数量未知"));
        } else if (one.end_unknown()) {
            lines.add("Missing", "缺失",
                      std::string(lines.pick("whatever came after event ", "事件 ")) + counted(one.kept().value - 1) +
                          std::string(lines.pick(": how much that was is not known", " 之后的内容：数量未知")));
        }
    }
    if (report.unclaimed > 0) {
        lines.add("Unclaimed", "未认领",
                  counted(report.unclaimed) + std::string(lines.pick(" seats count as given", " 个席位计为已授予")));
    }
    if (report.provisional > 0 || report.unconfirmed > 0) {
        lines.add("Adopted", "认领",
                  std::string(lines.pick("not confirmed yet: ", "尚待确认：")) + counted(report.unconfirmed) +
                      std::string(lines.pick("; lent for a while: ", "；临时借出：")) + counted(report.provisional));
    }
    if (report.kept > 0) {
        lines.add("Kept", "保留",
                  counted(report.kept) + std::string(lines.pick(" seats for desktops of the previous product",
                                                                " 个席位为旧产品的桌面保留")));
    }
}

}  // namespace

terminal::Exit exit_of(const FindingList& findings) {
    if (findings.empty()) return terminal::Exit::success;
    switch (findings.worst()) {
        case FindingKind::history:
            return terminal::Exit::audit_history;
        case FindingKind::head:
            return terminal::Exit::audit_head;
        case FindingKind::certificate:
            return terminal::Exit::audit_certificate;
        case FindingKind::license:
            return terminal::Exit::audit_license;
        case FindingKind::statement:
            return terminal::Exit::audit_statement;
        case FindingKind::annex:
            return terminal::Exit::audit_annex;
        case FindingKind::rule:
            return terminal::Exit::audit_rule;
        case FindingKind::copy:
            return terminal::Exit::audit_copy;
        case FindingKind::lease:
            break;
    }
    const bool in_grace = findings.kept().size() == 1 && findings.kept().front().error.code == errc::lease_grace;
    return in_grace ? terminal::Exit::success : terminal::Exit::lease_over;
}

std::string ledger_text(const LedgerReport& report, const ReportContext& context) {
    Lines lines(context.language);
    lines.add("Ledger", "账本", context.path);
    lines.add("Origin", "来源标识", report.origin.empty() ? "?" : report.present_origin + "  (" + report.suite + ")");
    if (report.present_origin != report.origin) lines.add("First origin", "最初的标识", report.origin);
    std::string events = counted(report.size);
    if (report.first_time && report.last_time) {
        events += ",  " + ledger::time_text_seconds(*report.first_time) + " .. " +
                  ledger::time_text_seconds(*report.last_time);
    }
    lines.add("Events", "事件", events);
    lines.add("Root hash", "根哈希", report.root_hash.empty() ? "?" : report.root_hash);
    const auto signatures = report.signatures == HeadSignatures::every
                                ? lines.pick(",  every signature checked", "，已校验每个签名")
                                : lines.pick(",  newest signature checked", "，已校验最新签名");
    lines.add("Signed heads", "签名树头", counted(report.heads) + std::string(signatures));
    lines.add("Licences", "授权", counted(report.licenses));
    lines.add("Activations", "激活",
              counted(report.activations) + std::string(lines.pick(",  seats held now: ", "，当前占用席位：")) +
                  counted(report.seats));
    if (!report.annex_held) {
        lines.add("Personal data", "个人信息", std::string(lines.pick("left out of this export", "未包含在此导出中")));
    }
    if (report.stated_size > report.size) {
        lines.add("Ends early", "不完整",
                  std::string(lines.pick("the checkpoint beside it is of size ", "旁边的检查点大小为 ")) +
                      counted(report.stated_size));
    }
    if (report.erased > 0) lines.add("Erased values", "已删除值", counted(report.erased));
    if (report.witnesses > 0) lines.add("Witnesses", "见证", counted(report.witnesses));
    if (report.witnesses_closed > 0) {
        lines.add("Witnesses", "见证",
                  std::string(
                      lines.pick("of closed incarnations, beyond what was kept: ", "属于已关闭世代且超出保留部分：")) +
                      counted(report.witnesses_closed));
    }
    add_incarnations(lines, report);
    if (report.rules_stopped_at) {
        lines.add("Rules", "规则",
                  std::string(lines.pick("judged up to the first unreadable event: ", "判断至第一条不可读事件：")) +
                      counted(*report.rules_stopped_at));
    }
    add_result(lines, report.findings, report.stated_size > report.size ? Extent::ends_early : Extent::whole);
    add_findings(lines, report.findings);
    return lines.take();
}

std::string statement_text(const StatementReport& report, const ReportContext& context) {
    Lines lines(context.language);
    lines.add("Statement", "席位报告", context.path);
    if (report.proven && report.head && report.totals) {
        const auto& [event, origin, head, certificate] = *report.proven;
        lines.add("As of", "截至", ledger::time_text(report.head->at));
        lines.add(
            "Ledger", "账本",
            origin.text() + std::string(lines.pick(",  events: ", "，事件数：")) + counted(report.head->size.value));
        lines.add("Issued", "签发", ledger::time_text(event.time) + "  #" + counted(report.index.value));
        lines.add("Server", "服务器", certificate.subject());
        lines.add("Held", "占用", counted(report.totals->held));
        if (report.totals->kept > 0) lines.add("Kept", "保留", counted(report.totals->kept));
        if (report.totals->unclaimed > 0) lines.add("Unclaimed", "未认领", counted(report.totals->unclaimed));
        if (report.totals->provisional > 0 || report.totals->unconfirmed > 0) {
            lines.add("Adopted", "认领",
                      std::string(lines.pick("not confirmed then: ", "当时尚待确认：")) +
                          counted(report.totals->unconfirmed) +
                          std::string(lines.pick("; lent for a while: ", "；临时借出：")) +
                          counted(report.totals->provisional));
        }
        if (report.head->time_in_doubt) {
            lines.add("Time", "时间", lines.pick("was in doubt then", "当时存疑"));
        }
        if (report.head->in_gap || report.losses > 0) {
            lines.add("Missing", "缺失",
                      report.head->in_gap ? lines.pick("events of that very time were lost", "该时间段的事件已丢失")
                                          : lines.pick("events before that time were lost; the statement says which",
                                                       "该时间之前曾有事件丢失；报告中已注明"));
        }
        lines.add("Personal data", "个人信息",
                  report.personal_values
                      ? std::string(lines.pick("values that agree: ", "相符的值：")) + counted(*report.personal_values)
                      : std::string(lines.pick("no file of values", "没有个人信息文件")));
        lines.add("Events", "事件",
                  report.compared ? lines.pick("every line was made again from them", "每一行均已由事件重新生成并核对")
                                  : lines.pick("not compared (--against)", "未核对（--against）"));
    }
    add_result(lines, report.findings);
    add_findings(lines, report.findings);
    return lines.take();
}

std::string file_text(const FileReport& report, const ReportContext& context) {
    Lines lines(context.language);
    lines.add("File", "激活文件", context.path);
    if (report.activation) {
        const auto& [event, origin, head, certificate] = *report.activation;
        const ledger::Seat& seat = *event.seat();
        lines.add("Activation", "激活编号", seat.activation_id.text());
        lines.add("Ledger", "账本", origin.text() + "  #" + counted(report.index.value));
        lines.add("Product", "产品", seat.product);
        lines.add("Licence", "授权", seat.license_id);
        lines.add("At", "时间", ledger::time_text_seconds(event.time));
        std::string kinds;
        for (const ledger::Component& component : seat.components) {
            if (!kinds.empty()) kinds += ", ";
            kinds += component.kind;
        }
        lines.add("Device", "设备", kinds);
        for (const ledger::AnnexValue& value : report.annex) {
            lines.add(field_name(value.field), field_name(value.field), value.value);
        }
        lines.add("Server", "服务器", certificate.subject());
        if (report.lease == LeaseState::perpetual) {
            lines.add("Lease", "租期", lines.pick("perpetual", "永久"));
        } else {
            lines.add("Lease", "租期",
                      ledger::time_text_seconds(seat.lease_ends) + " / " + ledger::time_text_seconds(seat.grace_ends));
        }
    }
    add_result(lines, report.findings);
    add_findings(lines, report.findings);
    return lines.take();
}

}  // namespace verify
