#include "tools/cli/errc.hpp"

#include <array>

namespace cli {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::server_unreachable, "server-unreachable",
          {"The server at {socket} does not answer: {reason}.", "See its log, or `systemctl status actledgerd`."},
          {"位于 {socket} 的服务器没有应答：{reason}。", "请查看其日志，或运行 `systemctl status actledgerd`。"}),
    entry(errc::bad_answer, "server-answer-unreadable",
          {"The server at {socket} gave an answer that cannot be read.", "Use the CLI and the server of one version."},
          {"位于 {socket} 的服务器给出了无法解析的应答。", "请使用同一版本的命令行工具和服务器。"}),
    entry(errc::server_running, "server-running",
          {"The server is running on the ledger in {folder}, and this needs the ledger to itself.",
           "Stop the server first."},
          {"服务器正在使用 {folder} 中的账本，而此操作需要独占账本。", "请先停止服务器。"}),
    entry(errc::server_not_running, "server-not-running",
          {"No server listens on {socket}.", "Start it: `systemctl start actledgerd`."},
          {"{socket} 上没有服务器在监听。", "请启动服务器：`systemctl start actledgerd`。"}),
    entry(errc::person_needed, "person-needed",
          {"This asks a person for the HSM's PIN and for a typed sentence, and there is no terminal to ask on.",
           "Run it in a terminal; no file and no option stands in for either."},
          {"此操作需要人工输入加密卡的 PIN 并键入一句话确认，但当前没有终端。",
           "请在终端中运行；不能用文件或选项代替。"}),
    entry(errc::recover_log_unsound, "recover-log-unsound",
          {"The ledger in {folder} does not verify ({finding}): nothing is built on it.",
           "Look at it with `actledger verify`, and restore it from a mirror or an export that verifies. Nothing was "
           "changed."},
          {"{folder} 中的账本未通过校验（{finding}）：不能以它为基础继续。",
           "请用 `actledger verify` 查看，并从能通过校验的镜像或导出中恢复。未作任何改动。"}),
    entry(errc::mapping_malformed, "legacy-mapping-malformed",
          {"The mapping file {file} cannot be used: {problem}.", "Correct it; the manual has an example."},
          {"映射文件 {file} 无法使用：{problem}。", "请改正；手册中有示例。"}),
    entry(errc::legacy_rows_refused, "legacy-rows-refused",
          {"For {count} rows no seat is kept; the report says why for each.",
           "Correct these rows, or see to their desktops, and run the import again: what is done stays done."},
          {"有 {count} 行未能保留席位，原因逐行列于报告中。",
           "请改正这些行或处理相应桌面后重新导入：已完成的行不会重复处理。"}),
    entry(errc::legacy_interrupted, "legacy-interrupted",
          {"Interrupted after {done} of {count} rows.", "Run the same import again: it goes on with the rest."},
          {"已处理 {count} 行中的 {done} 行后中断。", "请重新运行同一导入：将从其余的行继续。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"cli", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace cli
