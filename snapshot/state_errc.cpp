#include "snapshot/state_errc.hpp"

#include <array>

namespace snapshot {
namespace {

constexpr ledger::Message entry(state_errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(state_errc::snapshot_unreadable, "snapshot-unreadable",
          {"The snapshot {path} cannot be read: {reason}.",
           "See to the disk and to the file's owner. The server starts from an older one, or from the log itself."},
          {"无法读取快照 {path}：{reason}。", "请检查磁盘及文件属主。服务器会改用更早的快照或直接由日志启动。"}),
    entry(state_errc::snapshot_damaged, "snapshot-damaged",
          {"The snapshot {path} is damaged.",
           "Nothing is lost: run `actledger replay`, which makes it again from the log. See to the disk."},
          {"快照 {path} 已损坏。", "数据没有丢失：请运行 `actledger replay` 由日志重新生成，并检查磁盘。"}),
    entry(state_errc::snapshot_version_unknown, "snapshot-version-unknown",
          {"The snapshot {path} is of version {version}, which this program does not use.",
           "None needed: after an upgrade the server makes a new one by itself."},
          {"快照 {path} 的版本为 {version}，本程序不使用该版本。", "无需处理：升级后服务器会自动生成新的快照。"}),
    entry(state_errc::snapshot_foreign, "snapshot-foreign",
          {"The snapshot {path} is of the ledger {snapshot_server}; this one is {server}.",
           "It is not used, and the next snapshot clears it away. It was copied here, or another ledger was restored "
           "over."},
          {"快照 {path} 属于账本 {snapshot_server}，而当前账本为 {server}。",
           "该快照不会被使用，生成下一个快照时会被清除。它是被复制到这里的，或是恢复了另一个账本后留下的。"}),
    entry(state_errc::snapshot_not_of_log, "snapshot-not-of-log",
          {"The snapshot {path} is of {size} events that the log does not have.",
           "If the log was not set back on purpose, find out why: `actledger verify`. The snapshot is not used."},
          {"快照 {path} 对应 {size} 个事件，而日志中没有这样的记录。",
           "若日志并非有意回退，请运行 `actledger verify` 查明原因。该快照不会被使用。"}),
    entry(state_errc::snapshot_differs, "snapshot-differs",
          {"The snapshot {path} is not what the first {size} events give.",
           "Run `actledger replay`, which makes it again from the log. If the server had started from it, restart it."},
          {"快照 {path} 与前 {size} 个事件推算的结果不一致。",
           "请运行 `actledger replay` 由日志重新生成；若服务器曾由它启动，请重启服务器。"}),
    entry(state_errc::snapshot_not_written, "snapshot-not-written",
          {"The snapshot {path} could not be written: {reason}.",
           "Make room on the disk, or see to its permissions. What was there before is untouched."},
          {"无法写入快照 {path}：{reason}。", "请腾出磁盘空间或检查权限。原有文件未受影响。"}),
    entry(state_errc::snapshot_busy, "snapshot-busy",
          {"Another process is writing a snapshot in {folder}.", "Try again when it is done."},
          {"另一个进程正在 {folder} 中写入快照。", "请待其完成后重试。"}),
    entry(state_errc::state_differs, "state-differs",
          {"The running server's state is not what the first {size} events give.",
           "Restart the server after `actledger replay`, and report this with the output of both."},
          {"运行中服务器的状态与前 {size} 个事件推算的结果不一致。",
           "请先运行 `actledger replay`，再重启服务器，并将两者的输出一并上报。"}),
};

}  // namespace

const ledger::MessageCategory& state_category() {
    static const ledger::MessageCategory instance{"snapshot_state", messages};
    return instance;
}

std::error_code make_error_code(state_errc value) { return {static_cast<int>(value), state_category()}; }

}  // namespace snapshot
