#include "tools/cli/legacy_report.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cstdio>

#include "tools/cli/errc.hpp"

namespace cli {
namespace {

using Kind = LegacyRowResult::Kind;

constexpr std::size_t kinds = 6;
constexpr std::array<std::string_view, kinds> names{"reserved",    "taken_before", "not_needed",
                                                    "passed_over", "refused",      "not_tried"};
constexpr std::array<std::string_view, kinds> dry_english{"would be kept",
                                                          "kept by an earlier run",
                                                          "not needed: the desktop has a seat, or one is kept for it",
                                                          "passed over: not of an active desktop",
                                                          "would be refused",
                                                          "not tried"};
constexpr std::array<std::string_view, kinds> dry_chinese{
    "将保留席位", "此前已导入", "无须处理：该桌面已有席位或已为其保留", "跳过：非在用桌面", "将被拒绝", "未处理"};
constexpr std::array<std::string_view, kinds> real_english{"kept",
                                                           "kept by an earlier run",
                                                           "not needed: the desktop has a seat, or one is kept for it",
                                                           "passed over: not of an active desktop",
                                                           "refused",
                                                           "not tried"};
constexpr std::array<std::string_view, kinds> real_chinese{
    "已保留席位", "此前已导入", "无须处理：该桌面已有席位或已为其保留", "跳过：非在用桌面", "被拒绝", "未处理"};
constexpr std::size_t shown_rows_max = 20;

std::string_view name_of(Kind kind) { return names.at(static_cast<std::size_t>(kind)); }

constexpr std::string_view csv_english = "\xef\xbb\xbfline,result,code,detail,remedy,activation_id\r\n";
constexpr std::string_view csv_chinese = "\xef\xbb\xbf行号,结果,代码,说明,处理办法,激活标识\r\n";
constexpr std::string_view json_begin = R"({"dry_run":)";  // as json() is serialized

void append_cell(std::string& line, std::string_view text) {
    line += '"';
    for (const char c : text) line.append(c == '"' ? 2 : 1, c);
    line += '"';
}

}  // namespace

ledger::Result<void> check_report_place(const std::filesystem::path& path,
                                        std::initializer_list<std::filesystem::path> inputs) {
    std::error_code failed;
    for (const auto& input : inputs) {
        if (std::filesystem::equivalent(path, input, failed)) {
            return ledger::Error{errc::file_of_other_kind, {}, {{"path", path.string()}}};
        }
    }
    return check_beginning(path, {csv_english, csv_chinese, json_begin});
}

std::size_t LegacyReport::count(Kind kind) const {
    return static_cast<std::size_t>(std::ranges::count(rows, kind, &LegacyRowResult::kind));
}

boost::json::object LegacyReport::json() const {
    boost::json::object counts;
    for (std::size_t i = 0; i < kinds; ++i) counts[names[i]] = count(static_cast<Kind>(i));
    boost::json::array list;
    for (const LegacyRowResult& row : rows) {
        boost::json::object one{{"line", row.line}, {"result", name_of(row.kind)}};
        if (!row.code.empty()) {
            one["code"] = row.code;
            one["detail"] = row.detail;
            one["remedy"] = row.remedy;
        }
        if (!row.activation_id.empty()) one["activation_id"] = row.activation_id;
        list.push_back(std::move(one));
    }
    return {{"dry_run", run == LegacyRun::dry}, {"counts", std::move(counts)}, {"rows", std::move(list)}};
}

std::string LegacyReport::csv(ledger::Language language) const {
    const bool chinese = language == ledger::Language::chinese;
    std::string text(chinese ? csv_chinese : csv_english);
    for (const LegacyRowResult& row : rows) {
        text.append(std::to_string(row.line)).append(",").append(name_of(row.kind)).append(",");
        text.append(row.code).append(",");
        append_cell(text, row.detail);
        text += ',';
        append_cell(text, row.remedy);
        text.append(",").append(row.activation_id).append("\r\n");
    }
    return text;
}

void LegacyReport::print(ledger::Language language) const {
    const bool chinese = language == ledger::Language::chinese;
    const auto& words =
        run == LegacyRun::dry ? (chinese ? dry_chinese : dry_english) : (chinese ? real_chinese : real_english);
    for (std::size_t i = 0; i < kinds; ++i) {
        const std::size_t rows_of = count(static_cast<Kind>(i));
        if (rows_of > 0) std::printf("%10zu  %.*s\n", rows_of, static_cast<int>(words[i].size()), words[i].data());
    }
    std::size_t shown = 0;
    for (const LegacyRowResult& row : rows) {
        if (row.kind != Kind::refused) continue;
        if (++shown > shown_rows_max) break;
        std::printf(chinese ? "第 %llu 行：%s（%s）\n" : "line %llu: %s (%s)\n",
                    static_cast<unsigned long long>(row.line), row.detail.c_str(), row.code.c_str());
    }
    if (shown > shown_rows_max) std::printf("…\n");
}

}  // namespace cli
