#include "tools/bench/errc.hpp"

#include <array>

namespace bench {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::target_failed, "bench-target-failed",
          {"The server under measurement broke off.", "Look at its log, which --keep leaves in place."},
          {"被测服务器中断。", "请查看其日志（使用 --keep 保留）。"}),
    entry(errc::wrong_answers, "bench-wrong-answers",
          {"{count} answers had another status than expected; the first: {first}",
           "Correct what the answer says and measure again."},
          {"{count} 个应答状态不符；第一个：{first}", "请按应答内容更正后重新测量。"}),
    entry(errc::command_failed, "bench-command-failed",
          {"{command} failed: {output}", "Build all programs, and run the benchmark from the same folder."},
          {"{command} 失败：{output}", "请构建所有程序，并从同一目录运行。"}),
    entry(errc::not_ready, "bench-server-not-ready",
          {"The server did not come up: {log}", "Correct what its log says."},
          {"服务器未能启动：{log}", "请按日志更正。"}),
    entry(errc::baseline_failed, "bench-baseline-failed",
          {"Disk or token could not be measured: {reason}.",
           "Check that the folder can be written and SoftHSM2 is installed."},
          {"无法测量磁盘或令牌：{reason}。", "请检查目录可写且已安装 SoftHSM2。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"bench", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace bench
