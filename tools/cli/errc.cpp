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
    entry(errc::clear_export_unsound, "clear-export-unsound",
          {"The export in {folder} does not verify ({finding}), and nothing is destroyed without a good one.",
           "Make a fresh one with `actledger export`, on another disk. Nothing was changed."},
          {"{folder} 中的导出未通过校验（{finding}）；没有完好的导出就不会销毁任何内容。",
           "请用 `actledger export` 在另一块磁盘上重新导出。未作任何改动。"}),
    entry(errc::clear_export_lacks, "clear-export-lacks",
          {"The export in {folder} is not all of this ledger: it has {size} of {log_size} events, or no personal data.",
           "Bring it up to date with `actledger export`, with personal data. Nothing was changed."},
          {"{folder} 中的导出不是本账本的全部：{log_size} 条事件中有 {size} 条，或不含个人数据。",
           "请用 `actledger export` 补全（包含个人数据）。未作任何改动。"}),
    entry(errc::recover_log_lost, "recover-log-lost",
          {"There is no ledger in {folder}.",
           "If there is a copy, a mirror or an export, bring that back: `actledger restore`. If there is none, make a "
           "new "
           "log from what the HSM remembers: `actledger recover --root ROOT --license FILE`, with the licence files "
           "that were imported before."},
          {"{folder} 中没有账本。",
           "如有副本、镜像或导出，请先恢复：`actledger restore`。如果没有，请由加密卡所记得的内容重建日志："
           "`actledger recover --root 根证书 --license 文件`，使用此前导入过的授权数量文件。"}),
    entry(errc::recover_files_unread, "recover-files-refused",
          {"{refused} of {files} files were not adopted.",
           "Each line above says why. Running it again with the same files is safe."},
          {"{files} 个文件中有 {refused} 个未被认领。", "原因见上面各行。可用同样的文件再次运行，不会重复认领。"}),
    entry(errc::recover_log_unsound, "recover-log-unsound",
          {"The ledger in {folder} does not verify ({finding}): nothing is built on it.",
           "Look at it with `actledger verify`, and restore it from a mirror or an export that verifies. Nothing was "
           "changed."},
          {"{folder} 中的账本未通过校验（{finding}）：不能以它为基础继续。",
           "请用 `actledger verify` 查看，并从能通过校验的镜像或导出中恢复。未作任何改动。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"cli", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace cli
