#include "snapshot/seat_report.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/core/time_text.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;
using projections::StatementSeat;

constexpr std::size_t buffer_bytes = 1U << 20;
constexpr std::size_t proof_bytes = 64 * 1024;  // as large as none is

constexpr std::array<std::string_view, 14> csv_names{
    "activation_id", "state",      "license_id", "product",    "device_name", "device_address", "operator_name",
    "granted_at",    "lease_ends", "grace_ends", "granted_by", "told_at",     "told_by",        "components"};
constexpr std::array<std::string_view, 14> csv_chinese_names{
    "激活标识", "状态",   "授权编号", "产品",         "设备名",       "设备地址",     "操作员姓名",
    "授予时间", "租期至", "宽限至",   "授予事件序号", "最近事件时间", "最近事件序号", "硬件特征"};

std::string report_csv_head(ledger::Language language) {
    std::string line = "\xef\xbb\xbf";
    const auto& names = language == ledger::Language::chinese ? csv_chinese_names : csv_names;
    for (std::size_t i = 0; i < names.size(); ++i) (line += i > 0 ? "," : "") += names[i];
    return line += "\r\n";
}

using PersonalValues = std::array<std::string, ledger::annex_field_count>;

std::string report_csv_line(const StatementSeat& seat, const PersonalValues& personal) {
    const auto time = [](ledger::Timestamp at) { return at.us == 0 ? std::string() : ledger::time_text(at); };
    std::string components;
    for (const ledger::Component& component : seat.components) {
        components +=
            (components.empty() ? "" : " ") + component.kind + ":" + ledger::hex_encode(component.digest.view());
    }
    const std::array<std::string, 14> cells{seat.activation_id.text(),
                                            std::string(projections::state_name(seat.state)),
                                            seat.license_id,
                                            seat.product,
                                            personal[0],
                                            personal[1],
                                            personal[2],
                                            time(seat.granted_at),
                                            time(seat.lease_ends),
                                            time(seat.grace_ends),
                                            std::to_string(seat.granted_by.value),
                                            time(seat.told_at),
                                            std::to_string(seat.told_by.value),
                                            components};
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) line += ',';
        append_csv_cell(line, cells[i]);
    }
    return line += "\r\n";
}

/// In whatever spelling: each would be written beside its place by a writer of its own.
Result<void> check_names(const ReportPlan& plan) {
    if (plan.csv.empty()) return {};
    std::error_code failed;  // then the name stays as it is, and opening it says why
    const auto table = std::filesystem::weakly_canonical(std::filesystem::absolute(plan.csv), failed);
    for (const std::string_view suffix : {std::string_view(), report_proof_suffix, report_personal_suffix}) {
        const std::filesystem::path own = plan.statement.string() + std::string(suffix);
        if (std::filesystem::weakly_canonical(std::filesystem::absolute(own), failed) != table) continue;
        return Error{errc::report_names_same, {}, {{"path", plan.csv.string()}}};
    }
    return {};
}

}  // namespace

/// A new file with a buffer before it.
struct SeatReport::Out {
    explicit Out(const std::filesystem::path& path) : file(path) {}
    Result<void> add(std::string_view text) {
        buffer += text;
        if (buffer.size() < buffer_bytes) return {};
        return flush();
    }
    Result<void> flush() {
        ACTLEDGER_CHECK(file.write(buffer));
        buffer.clear();
        return {};
    }
    Result<void> finish() {
        ACTLEDGER_CHECK(flush());
        return file.finish();
    }
    NewFile file;
    std::string buffer;
};

SeatReport::SeatReport(const ReportPlan& plan) {
    const std::string statement = plan.statement.string();
    statement_ = std::make_unique<Out>(plan.statement);
    proof_ = std::make_unique<Out>(statement + std::string(report_proof_suffix));
    if (plan.personal_data == TableOptions::PersonalData::kept) {
        personal_ = std::make_unique<Out>(statement + std::string(report_personal_suffix));
    }
    if (!plan.csv.empty()) csv_ = std::make_unique<Out>(plan.csv);
}

SeatReport::~SeatReport() = default;

Result<void> SeatReport::open() {
    for (Out* const out : {statement_.get(), proof_.get(), personal_.get(), csv_.get()}) {
        if (out != nullptr) ACTLEDGER_CHECK(out->file.open());
    }
    return {};
}

Result<std::unique_ptr<SeatReport>> SeatReport::make(const ledger::LogReader& log, const ReportPlan& plan) {
    ACTLEDGER_CHECK(check_names(plan));
    std::unique_ptr<SeatReport> report(new SeatReport(plan));
    ACTLEDGER_CHECK(report->open());
    ACTLEDGER_CHECK(report->write(log, plan));
    return report;
}

Result<void> SeatReport::write(const ledger::LogReader& log, const ReportPlan& plan) {
    const auto source = statement_source_in(log);
    ACTLEDGER_TRY(const ledger::TreeSize log_size, log.size());
    if (log_size.value == 0) return Error{ledger::errc::log_not_found, {}, {{"folder", log.name()}}};
    ACTLEDGER_TRY(const ledger::TreeSize size, projections::size_at(source, log_size, plan.at));
    if (csv_) ACTLEDGER_CHECK(csv_->add(report_csv_head(plan.language)));
    projections::StatementMaker maker(
        source, size, plan.at,
        [&](const projections::StatementLine& line, std::string_view text) { return take(log, line, text); });
    for (bool complete = false; !complete;) {
        if (plan.stop && plan.stop()) {
            return Error{errc::table_interrupted, {}, {{"path", plan.statement.string()}}};
        }
        ACTLEDGER_TRY(complete, maker.step());
        if (plan.progress) plan.progress(maker.done(), maker.total());
    }
    head_ = maker.head();
    totals_ = maker.totals();
    digest_ = maker.digest();
    if (personal_) ACTLEDGER_CHECK(personal_->add(projections::personal_end(digest_)));
    // The server says in its ledger that it signed: what cannot be handed out is found before.
    for (Out* const out : {statement_.get(), personal_.get(), csv_.get()}) {
        if (out == nullptr) continue;
        ACTLEDGER_CHECK(out->flush());
        ACTLEDGER_CHECK(out->file.sync());
    }
    return proof_->file.reserve(proof_bytes);
}

Result<void> SeatReport::take(const ledger::LogReader& log, const projections::StatementLine& line,
                              std::string_view text) {
    const auto* const loss = std::get_if<projections::StatementLoss>(&line);
    if (loss != nullptr && ledger::may_miss_events(loss->reason, loss->known.has_value())) losses_ = true;
    ACTLEDGER_CHECK(statement_->add(text));
    const auto* const seat = std::get_if<StatementSeat>(&line);
    return seat != nullptr ? add_seat(log, *seat) : Result<void>();
}

Result<void> SeatReport::add_seat(const ledger::LogReader& log, const StatementSeat& seat) {
    PersonalValues newest;
    std::vector<ledger::AnnexValue> annex;
    std::optional<ledger::SequenceNumber> annex_of;
    for (const projections::StatementPersonal& one : seat.personal) {
        if (!personal_) break;
        if (annex_of != one.event) {
            ACTLEDGER_TRY(annex, log.annex(one.event));
            annex_of = one.event;
        }
        const auto value = std::ranges::find(annex, one.commitment.field, &ledger::AnnexValue::field);
        if (value == annex.end()) continue;  // erased
        newest.at(static_cast<std::size_t>(value->field)) = value->value;
        ACTLEDGER_CHECK(
            personal_->add(projections::line_text(projections::PersonalLine{seat.activation_id, one.event, *value})));
    }
    return csv_ ? csv_->add(report_csv_line(seat, newest)) : Result<void>();
}

Result<void> SeatReport::publish(std::string_view proof) {
    ACTLEDGER_CHECK(proof_->add(proof));
    const std::array outs{personal_.get(), csv_.get(), proof_.get(), statement_.get()};
    for (Out* const out : outs) {
        if (out == nullptr) continue;
        if (auto finished = out->finish(); !finished) {
            for (Out* const done : outs) {
                if (done != nullptr) done->file.take_back();
            }
            return finished;
        }
    }
    return {};
}

}  // namespace snapshot
