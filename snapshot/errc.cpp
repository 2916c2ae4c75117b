#include "snapshot/errc.hpp"

#include <array>

namespace snapshot {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::string_view another_en = "Use another mirror or export; keep this one as evidence. Nothing was changed.";
constexpr std::string_view another_zh = "请使用其他镜像或导出，并保留此份作为证据。未作任何改动。";

constexpr std::array messages{
    entry(errc::export_folder_foreign, "export-folder-foreign",
          {"The folder {folder} is not empty, and holds no export.",
           "Name an empty folder, or that of an earlier export. Nothing was changed."},
          {"目录 {folder} 不为空，且其中不是导出。", "请指定空目录或先前的导出目录。未作任何改动。"}),
    entry(errc::export_other_ledger, "export-other-ledger",
          {"The export in {folder} is of another ledger: {found}.", "Name another folder. Nothing was changed."},
          {"{folder} 中的导出属于另一个账本：{found}。", "请指定其他目录。未作任何改动。"}),
    entry(
        errc::export_annex_differs, "export-annex-differs",
        {"The export in {folder} was begun with the other choice about personal data.",
         "Go on with the same choice, or name another folder. Nothing was changed."},
        {"{folder} 中的导出在是否包含个人信息上与此次选择不同。", "请使用相同的选择，或指定其他目录。未作任何改动。"}),
    entry(errc::export_ahead, "export-ahead",
          {"The export in {folder} has {size} events, and the ledger has {log_size}: the ledger was set back.",
           "Do not export over it: it holds what the ledger lost. Follow the manual's chapter on recovery."},
          {"{folder} 中的导出有 {size} 条事件，而账本只有 {log_size} 条：账本被回退过。",
           "不要覆盖该导出，其中保存着账本丢失的内容。请按手册“恢复”一章处理。"}),
    entry(
        errc::export_incarnation_closed, "export-incarnation-closed",
        {"The export in {folder} is of {origin} and has {size} events, more than the ledger kept of it when it went on "
         "as {log_origin}.",
         "Keep it: it holds what the ledger lost. Name a new folder for this export or mirror. Nothing was changed."},
        {"{folder} 中的导出属于 {origin}，有 {size} 条事件，多于账本转为 {log_origin} 时保留的部分。",
         "请保留该导出，其中保存着账本丢失的内容；请为此次导出或镜像指定新目录。未作任何改动。"}),
    entry(errc::export_contradicts, "export-contradicts",
          {"The export in {folder} is of another history of this ledger: its head of size {size} is not the ledger's.",
           "Keep both as evidence and follow the manual's chapter on rollback and forks."},
          {"{folder} 中的导出属于本账本的另一份历史：其大小为 {size} 的树头与账本不符。",
           "请保留两者作为证据，并按手册“回退与分叉”一章处理。"}),
    entry(errc::export_inside_ledger, "export-inside-ledger",
          {"{folder} lies within the ledger's own folder {ledger}: what takes the ledger would take the copy.",
           "Name a folder on another disk. Nothing was changed."},
          {"{folder} 位于账本自身的目录 {ledger} 之内：账本若丢失，副本也随之丢失。",
           "请指定另一块磁盘上的目录。未作任何改动。"}),
    entry(errc::export_locked, "export-locked",
          {"Another process is writing to the export in {folder}.", "Let it finish, or name another folder."},
          {"另一个进程正在写入 {folder} 中的导出。", "请等待其完成，或指定其他目录。"}),
    entry(errc::export_disk_full, "export-disk-full",
          {"The disk of {folder} is full.",
           "Make room and run the export again: it goes on where it stopped. What was there before is whole."},
          {"{folder} 所在磁盘已满。", "请腾出空间后再次导出，将从中断处继续。原有内容完好。"}),
    entry(errc::export_write_failed, "export-write-failed",
          {"Writing to {folder} failed: {reason}.",
           "Check the disk and its mount, and run the export again: it goes on where it stopped."},
          {"写入 {folder} 失败：{reason}。", "请检查磁盘及其挂载后再次导出，将从中断处继续。"}),
    entry(errc::export_interrupted, "export-interrupted",
          {"The export to {folder} was interrupted.", "Run it again: it goes on where it stopped."},
          {"到 {folder} 的导出被中断。", "请再次运行，将从中断处继续。"}),

    entry(errc::table_exists, "export-table-exists",
          {"The file {path} is there already.", "Name another file. Nothing was changed."},
          {"文件 {path} 已存在。", "请指定其他文件名。未作任何改动。"}),
    entry(errc::table_busy, "export-table-busy",
          {"The file {path} is being written already: by another run, or under another of the names that were given.",
           "Let the other one end, or name another file. Nothing was changed."},
          {"文件 {path} 正在写入：由另一次运行写入，或与给出的另一个文件名相同。",
           "请等待其结束，或指定其他文件名。未作任何改动。"}),
    entry(
        errc::table_not_written, "export-table-not-written",
        {"The file {path} could not be written: {reason}.",
         "Make room on the disk, or see to the folder and its permissions, and run it again. Nothing of it was left."},
        {"无法写入文件 {path}：{reason}。", "请腾出磁盘空间，或检查目录及其权限，然后重新运行。未留下任何内容。"}),
    entry(errc::table_interrupted, "export-table-interrupted",
          {"Writing the file {path} was interrupted.", "Run it again. Nothing of it was left."},
          {"文件 {path} 的写入被中断。", "请重新运行。未留下任何内容。"}),

    entry(errc::mirror_gone, "mirror-gone",
          {"The mirror in {folder} is gone.",
           "Mount its disk again: it catches up by itself. If it is lost for good, make a new one with `actledger "
           "export`."},
          {"{folder} 中的镜像不见了。",
           "请重新挂载其磁盘，镜像会自动补齐。如果已永久丢失，请用 `actledger export` 重新建立。"}),
    entry(errc::mirror_stands_still, "mirror-stands-still",
          {"The mirror in {folder} has not got on for more than a minute, although there is something to write.",
           "Check its disk and its mount."},
          {"{folder} 中的镜像有内容待写入，但已超过一分钟没有进展。", "请检查其磁盘和挂载。"}),

    entry(errc::restore_event_wrong, "restore-event-wrong",
          {"Event {at} in the export in {folder} is not the one that belongs there ({path}).", another_en},
          {"{folder} 中导出的事件 {at} 不是应在该位置的事件（{path}）。", another_zh}),
    entry(errc::restore_head_wrong, "restore-head-wrong",
          {"The events of the export in {folder} do not give its signed head of size {size}, or its signature is bad.",
           another_en},
          {"{folder} 中导出的事件与其大小为 {size} 的签名树头不符，或签名无效。", another_zh}),
    entry(errc::restore_annex_missing, "restore-annex-missing",
          {"The export in {folder} lacks {count} personal values that no event erased, the first of event {at}.",
           "Use another mirror or export, or go on without them: --accept-missing-annex. Nothing was changed."},
          {"{folder} 中的导出缺少 {count} 个未被任何事件删除的个人信息值，第一个属于事件 {at}。",
           "请使用其他镜像或导出，或用 --accept-missing-annex 在缺少它们的情况下继续。未作任何改动。"}),
    entry(errc::restore_left_out, "restore-annex-left-out",
          {"The export in {folder} was made without personal data, and so was what comes of it.",
           "Use a mirror or an export that has it, or go on without it: --accept-missing-annex. Nothing was changed."},
          {"{folder} 中的导出不含个人信息，由它恢复的账本也不会有。",
           "请使用包含个人信息的镜像或导出，或用 --accept-missing-annex 继续。未作任何改动。"}),
    entry(
        errc::restore_inside, "restore-inside-ledger",
        {"The copy {folder} and the ledger's folder {ledger} lie one within the other: what takes one would take both.",
         "Copy it to another disk first, or let `[ledger] folder` name another folder. Nothing was changed."},
        {"副本 {folder} 与账本目录 {ledger} 相互包含：其一丢失，另一个也随之丢失。",
         "请先将副本复制到另一块磁盘，或在 `[ledger] folder` 中指定其他目录。未作任何改动。"}),
    entry(
        errc::restore_newer_here, "restore-newer-here",
        {"The copy in {folder} has {size} events, and the ledger that is here is newer: {here_origin}, {here_size} "
         "events. So the copy is not complete.",
         "Keep the ledger that is here. If it is the damaged one, restore without `--complete`. Nothing was changed."},
        {"{folder} 中的副本有 {size} 条事件，而此处的账本较新：{here_origin}，{here_size} 条事件。因此该副本并不完整。",
         "请保留此处的账本。如果它已损坏，请去掉 `--complete` 再恢复。未作任何改动。"}),
    entry(errc::restore_not_complete, "restore-not-complete",
          {"The files in {folder} cover {size} events, and its checkpoint states {stated}: this copy is not complete.",
           "Take another copy, or restore without --complete and go on with `actledger recover`. Nothing was changed."},
          {"{folder} 中的文件只覆盖 {size} 条事件，而其检查点为 {stated} 条：此副本不完整。",
           "请使用其他副本，或不带 --complete 恢复后运行 `actledger recover`。未作任何改动。"}),
    entry(errc::restore_root_differs, "restore-root-differs",
          {"The ledger in {folder} is pinned to the root certificate {pinned}, and {given} was given.", another_en},
          {"{folder} 中的账本绑定的根证书是 {pinned}，而给出的是 {given}。", another_zh}),
    entry(errc::restore_not_certified, "restore-not-certified",
          {"The ledger in {folder} holds no certificate under the given root for its key.",
           "Use the vendor's root for this server; a ledger without any licence is restored without --root."},
          {"{folder} 中的账本没有该根证书下针对其密钥的证书。",
           "请使用本服务器对应的厂商根证书；尚无授权的账本恢复时不带 --root。"}),
    entry(errc::restore_hand_over_wrong, "restore-hand-over-wrong",
          {"Event {at} of the export in {folder} hands the ledger over to another key, and the vendor did not.",
           "Use another copy. Nothing was changed."},
          {"{folder} 中导出的第 {at} 条事件把账本移交给另一把密钥，但并未经厂商认可。",
           "请使用其他副本。未作任何改动。"}),
    entry(errc::recovery_overtaken, "recover-overtaken",
          {"The HSM's anchor is not the one that was read before the confirmation: somebody else went on from it "
           "meanwhile, with another ledger folder.",
           "Find out where that ledger is, and use it. If there is none: run the command again. Nothing was changed."},
          {"加密卡中的锚点已不是确认之前读到的那一个：其间有人用另一个账本目录由它继续了。",
           "请查明那份账本在何处并使用它。如果没有，请重新运行该命令。未作任何改动。"}),
    entry(errc::replacement_contradicted, "replacement-contradicted",
          {"The copy of the lost token's anchor names {anchor_origin} with {anchor_size} events, and this ledger has "
           "another history.",
           "Use the ledger's folder and the anchor folder that belong together. Nothing was changed."},
          {"丢失的令牌的锚点副本记录的是 {anchor_origin}、{anchor_size} 条事件，与本账本的历史不同。",
           "请使用相互对应的账本目录和锚目录。未作任何改动。"}),
    entry(
        errc::replacement_went_on, "replacement-went-on",
        {"The new key has signed for this server already, as {anchor_origin} with {anchor_size} events, and the ledger "
         "here has another history: it is an older one.",
         "Bring that newer ledger back: its folder, a mirror or an export. Nothing was changed."},
        {"新密钥已以 {anchor_origin}、{anchor_size} 条事件为本服务器签名，而此处的账本历史不同：它是较旧的一份。",
         "请恢复较新的账本：其目录、镜像或导出。未作任何改动。"}),
    entry(errc::replacement_numbers_end, "replacement-numbers-end",
          {"A copy of the anchor or the vendor's file names the incarnation {newest}; no number is left after it.",
           "No server comes so far: look where the anchor and the file are from. Nothing was changed."},
          {"锚点副本或厂商文件中的代次为 {newest}，其后已无可用编号。",
           "正常的服务器不会达到该编号：请检查锚点和文件的来源。未作任何改动。"}),
    entry(errc::restore_read_back_wrong, "restore-read-back-wrong",
          {"What was written to the disk is not what was read from the export in {folder}.",
           "Check the disk and the memory of this machine. Nothing was changed."},
          {"写入磁盘的内容与从 {folder} 中的导出读取的不一致。", "请检查本机的磁盘和内存。未作任何改动。"}),
    entry(errc::restore_disk_full, "restore-disk-full",
          {"The disk of {folder} is full: the restored ledger does not fit.",
           "Make room and run the restore again. What was there before is untouched, and nothing was left."},
          {"{folder} 所在磁盘已满，放不下恢复的账本。",
           "请腾出空间后重新运行恢复。原有内容未受影响，也未留下任何半成品。"}),
    entry(
        errc::restore_write_failed, "restore-write-failed",
        {"The restored ledger could not be written to {folder}: {reason}.",
         "See to the disk, the folder and its permissions, and run the restore again. What was there before is kept."},
        {"无法将恢复的账本写入 {folder}：{reason}。",
         "请检查磁盘、目录及其权限，然后重新运行恢复。原有内容仍然保留。"}),
    entry(errc::legacy_encoding, "legacy-encoding",
          {"The table is not text in {encoding}.", "Export it again, or name its encoding in the mapping file."},
          {"该表格不是 {encoding} 编码的文本。", "请重新导出，或在映射文件中注明其编码。"}),
    entry(
        errc::legacy_table_malformed, "legacy-table-malformed",
        {"The table cannot be read at line {line}: {problem}.",
         "Save it as CSV anew, and check the mapping file's `separator`. Nothing was changed."},
        {"无法读取表格第 {line} 行：{problem}。", "请重新另存为 CSV，并检查映射文件中的 `separator`。未作任何改动。"}),
    entry(errc::legacy_column_missing, "legacy-column-missing",
          {"The table's first row has no column {column}.", "Correct the name in the mapping file, letter by letter."},
          {"表格首行没有名为“{column}”的列。", "请逐字核对并改正映射文件中的列名。"}),
    entry(errc::legacy_column_twice, "legacy-column-twice",
          {"The table's first row has the column {column} twice.", "Rename one of them in the table."},
          {"表格首行有两个名为“{column}”的列。", "请在表格中将其中一个改名。"}),
    entry(errc::legacy_row_columns, "legacy-row-columns",
          {"Line {line} has {found} cells, and the first row has {expected}.", "Correct the row."},
          {"第 {line} 行有 {found} 个单元格，而首行有 {expected} 个。", "请改正该行。"}),
    entry(errc::legacy_row_time, "legacy-row-time",
          {"The time in line {line} cannot be read: {value}.", "Write it like 2025-03-01 08:30:00."},
          {"无法识别第 {line} 行的时间：{value}。", "请写成 2025-03-01 08:30:00 的形式。"}),
    entry(errc::legacy_row_key, "legacy-row-key",
          {"Line {line} has no key.", "Fill the cell in, or leave `key` out of the mapping file."},
          {"第 {line} 行没有主键。", "请补上该单元格，或在映射文件中去掉 `key`。"}),
    entry(
        errc::legacy_row_key_twice, "legacy-row-key-twice",
        {"Line {line} has the key of line {first}, and nothing else of that desktop.",
         "Correct the key (a spreadsheet may have rounded it), name another column as `key`, or leave one of the rows "
         "out."},
        {"第 {line} 行与第 {first} 行主键相同，但没有任何相同的硬件特征。",
         "请改正主键（电子表格可能对其做了舍入），将其他列指定为 `key`，或去掉其中一行。"}),
    entry(errc::legacy_row_mac, "legacy-row-mac",
          {"In line {line}, {value} is not a MAC address: no desktop could ever claim that seat.",
           "Correct the cell. Several addresses in one cell are apart by the mapping file's `value_separator`."},
          {"第 {line} 行中的 {value} 不是 MAC 地址：没有桌面能够认领该席位。",
           "请改正该单元格。同一单元格中的多个地址以映射文件的 `value_separator` 分隔。"}),
    entry(errc::legacy_row_components, "legacy-row-components",
          {"Line {line} has nothing by which its desktop could be recognised, or more than 16 values.",
           "Fill a MAC address, UUID or serial number in; or let the desktop activate like a new one."},
          {"第 {line} 行没有可用于识别桌面的硬件特征，或多于 16 个值。",
           "请补上 MAC 地址、UUID 或序列号；或让该桌面按新设备激活。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"snapshot", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace snapshot
