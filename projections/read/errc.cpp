#include "projections/read/errc.hpp"

#include <array>

namespace projections {
namespace {

constexpr ledger::Message entry(read_errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(read_errc::read_models_unusable, "read-models-unusable",
          {"The read models in {folder} cannot be used: {reason}.",
           "See to the disk. The ledger is not touched; the server tries again by itself."},
          {"无法使用 {folder} 中的查询数据：{reason}。", "请检查磁盘。账本不受影响，服务器会自动重试。"}),
    entry(read_errc::read_models_busy, "read-models-busy",
          {"Another process writes the read models in {folder}.", "Stop the server first, or try again later."},
          {"另一个进程正在写入 {folder} 中的查询数据。", "请先停止服务器，或稍后重试。"}),
    entry(read_errc::read_models_stale, "read-models-stale",
          {"The read models in {folder} are not of this log as it is now.",
           "None needed: the server makes them again from the log when it starts."},
          {"{folder} 中的查询数据与当前日志不对应。", "无需处理：服务器启动时会由日志重新生成。"}),
    entry(
        read_errc::read_models_damaged, "read-models-damaged",
        {"The read models in {folder} are damaged.",
         "Nothing is lost: the server makes them again from the log, at the latest when it starts next. If this comes "
         "again, see to the disk."},
        {"{folder} 中的查询数据已损坏。",
         "没有数据丢失：服务器会由日志重新生成，最迟在下次启动时完成。如果再次出现，请检查磁盘。"}),
    entry(read_errc::read_models_differ, "read-models-differ",
          {"The read models in {folder} are not what the first {size} events give.",
           "Stop the server, run `actledger replay`, and report this."},
          {"{folder} 中的查询数据与前 {size} 个事件推算的结果不一致。",
           "请停止服务器，运行 `actledger replay`，并上报此问题。"}),
};

}  // namespace

const ledger::MessageCategory& read_category() {
    static const ledger::MessageCategory instance{"projections_read", messages};
    return instance;
}

std::error_code make_error_code(read_errc value) { return {static_cast<int>(value), read_category()}; }

}  // namespace projections
