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
    entry(errc::clear_export_behind, "clear-export-behind",
          {"The export in {folder} has {size} of this ledger's {log_size} events.",
           "Bring it up to date with `actledger export`. Nothing was changed."},
          {"{folder} 中的导出只有本账本 {log_size} 条事件中的 {size} 条。",
           "请用 `actledger export` 补全。未作任何改动。"}),
    entry(errc::clear_export_other, "clear-export-other",
          {"The export in {folder} is of another ledger, or of another history of this one.",
           "Make one of this ledger with `actledger export`, in a new folder. Nothing was changed."},
          {"{folder} 中的导出属于另一个账本，或本账本的另一份历史。",
           "请用 `actledger export` 在新目录中导出本账本。未作任何改动。"}),
    entry(errc::clear_export_without_annex, "clear-export-without-annex",
          {"The export in {folder} holds no personal data, so that it is not all of this ledger.",
           "Make one with `actledger export` without `--without-personal-data`, in a new folder. Nothing was changed."},
          {"{folder} 中的导出不含个人数据，并非本账本的全部。",
           "请在新目录中用 `actledger export` 重新导出，不要加 `--without-personal-data`。未作任何改动。"}),
    entry(errc::recover_log_lost, "recover-log-lost",
          {"There is no ledger in {folder}.",
           "If there is a copy, a mirror or an export, bring that back: `actledger restore`. If there is none, make a "
           "new "
           "log from what the HSM remembers: `actledger recover --root ROOT --license FILE`, with the licence files "
           "that were imported before. If the HSM is lost, too: `actledger recover --request`."},
          {"{folder} 中没有账本。",
           "如有副本、镜像或导出，请先恢复：`actledger restore`。如果没有，请由加密卡所记得的内容重建日志："
           "`actledger recover --root 根证书 --license "
           "文件`，使用此前导入过的授权数量文件。如果加密卡也已丢失：`actledger recover --request`。"}),
    entry(
        errc::recover_files_unnamed, "recover-files-unnamed",
        {"Log and HSM are both lost, and the command does not say what there is to go on from.",
         "Name --root, each --license FILE that was imported before, and --activation-file FILE from a desktop. If no "
         "desktop has one, say so with --no-activation-file."},
        {"日志与加密卡均已丢失，而命令中没有指明以什么为基础继续。",
         "请指定 --root、此前导入过的每份 --license 文件，以及来自某个桌面的 --activation-file 文件。"
         "如果没有任何桌面持有激活文件，请用 --no-activation-file 说明。"}),
    entry(errc::recover_log_there, "recover-log-there",
          {"There is a ledger in {folder}: this way is for a log that is lost.",
           "If its key is on the token, nothing is lost: start the server. If only its key is lost, ask for it to be "
           "handed over: `actledger hsm replace --request`. If it is damaged: `actledger restore FOLDER --replace` "
           "puts a "
           "copy in its place; only if there is none, keep it as evidence (`mv {folder}/log {folder}/log.damaged`) and "
           "run "
           "this again. Nothing was changed."},
          {"{folder} 中有账本：此命令只用于日志已丢失的情况。",
           "如果其密钥就在令牌中，则没有任何丢失：请启动服务器。如果丢失的只是密钥，请申请移交：`actledger hsm replace "
           "--request`。如果账本已损坏：用 `actledger restore 目录 --replace` "
           "以副本取代；只有在确实没有副本时，将其留作证据"
           "（`mv {folder}/log {folder}/log.damaged`），再重新运行。未作任何改动。"}),
    entry(errc::recover_files_unread, "recover-files-refused",
          {"{refused} of {files} files were not adopted.",
           "Each line above says why. Running it again with the same files is safe."},
          {"{files} 个文件中有 {refused} 个未被认领。", "原因见上面各行。可用同样的文件再次运行，不会重复认领。"}),
    entry(errc::recover_no_files, "recover-files-none",
          {"There is no file in what was named.", "Name the folder that the activation files were collected in."},
          {"所给目录中没有文件。", "请指定收集激活文件所用的目录。"}),
    entry(
        errc::recover_log_damaged, "recover-log-damaged",
        {"The ledger in {folder} is damaged ({finding}), and nothing is made over it.",
         "If there is a copy, a mirror or an export that verifies: `actledger restore FOLDER --replace`. Only if there "
         "is none: keep the damaged log as evidence (`mv {folder}/log {folder}/log.damaged`), and run this again. "
         "Nothing was changed."},
        {"{folder} 中的账本已损坏（{finding}），不会在其上重建。",
         "如有能通过校验的副本、镜像或导出：`actledger restore 目录 --replace`。只有在确实没有时，将损坏的日志留作证据"
         "（`mv {folder}/log {folder}/log.damaged`），再重新运行。未作任何改动。"}),
    entry(errc::recover_log_unsound, "recover-log-unsound",
          {"The ledger in {folder} does not verify ({finding}): nothing is built on it.",
           "Look at it with `actledger verify`, and restore it from a copy, a mirror or an export that verifies: "
           "`actledger restore FOLDER --replace`. If there is none, name --root and --license: it says how to go on. "
           "Nothing was changed."},
          {"{folder} 中的账本未通过校验（{finding}）：不能以它为基础继续。",
           "请用 `actledger verify` 查看，并从能通过校验的副本、镜像或导出中恢复：`actledger restore 目录 --replace`。"
           "如果没有，请加上 --root 和 --license 运行，命令会说明如何继续。未作任何改动。"}),
    entry(errc::mapping_malformed, "legacy-mapping-malformed",
          {"The mapping file {file} cannot be used: {problem}.", "Correct it; the manual has an example."},
          {"映射文件 {file} 无法使用：{problem}。", "请改正；手册中有示例。"}),
    entry(errc::legacy_rows_refused, "legacy-rows-refused",
          {"Rows for which no seat is kept: {count}. The report says why for each.",
           "Correct these rows, or see to their desktops, and run the import again: what is done stays done."},
          {"有 {count} 行未能保留席位，原因逐行列于报告中。",
           "请改正这些行或处理相应桌面后重新导入：已完成的行不会重复处理。"}),
    entry(errc::legacy_interrupted, "legacy-interrupted",
          {"Interrupted after {done} of {count} rows.", "Run the same import again: it goes on with the rest."},
          {"已处理 {count} 行中的 {done} 行后中断。", "请重新运行同一导入：将从其余的行继续。"}),
    entry(errc::report_time_malformed, "report-time-malformed",
          {"\"{value}\" is no time of the form 2026-01-31T00:00:00Z.",
           "Give the time in UTC, with Z at the end: 08:00 in Beijing is 00:00:00Z."},
          {"“{value}”不是形如 2026-01-31T00:00:00Z 的时间。",
           "请使用 UTC 时间并以 Z 结尾：北京时间 08:00 即 00:00:00Z。"}),
    entry(errc::file_of_other_kind, "file-of-other-kind",
          {"{path} is there already, and is another kind of file than the one to be written.",
           "Name another file, or move that one away. Nothing was written."},
          {"{path} 已存在，且不是要写入的这种文件。", "请指定其他文件名，或移走原文件。未写入任何内容。"}),
    entry(errc::passphrase_short, "secrets-passphrase-short",
          {"The passphrase is shorter than {minimum} bytes.", "Choose a longer one: several words are good."},
          {"口令短于 {minimum} 字节。", "请使用更长的口令，例如由几个词组成。"}),
    entry(errc::passphrases_differ, "secrets-passphrases-differ",
          {"The two passphrases differ.", "Type the same one twice."},
          {"两次输入的口令不一致。", "请两次输入同一口令。"}),
    entry(errc::passphrase_file, "secrets-passphrase-file",
          {"The file {path} does not hold a passphrase in one line.", "Put the passphrase there, and nothing else."},
          {"文件 {path} 中不是单独一行口令。", "请在该文件中只写入口令。"}),
    entry(errc::secrets_foreign, "secrets-foreign",
          {"This is not a backup of secrets.", "Give the file that `actledger secrets backup` wrote."},
          {"这不是机密备份文件。", "请指定由 `actledger secrets backup` 生成的文件。"}),
    entry(errc::secrets_passphrase_wrong, "secrets-passphrase-wrong",
          {"The passphrase does not open this backup.", "Try the one that it was made with. Nothing was changed."},
          {"口令无法打开该备份。", "请使用备份时的口令。未作任何改动。"}),
    entry(errc::secrets_altered, "secrets-altered",
          {"The backup was altered or damaged after it was made.", "Use another copy of it. Nothing was changed."},
          {"该备份在生成之后被改动或损坏。", "请使用另一份副本。未作任何改动。"}),
    entry(errc::secrets_malformed, "secrets-malformed",
          {"The backup opens, and does not hold what this version writes.",
           "Use the version that wrote it, or a later one. Nothing was changed."},
          {"该备份可以打开，但内容不是本版本所写的格式。", "请使用生成它的版本或更新的版本。未作任何改动。"}),
    entry(errc::secrets_other_server, "secrets-other-server",
          {"The backup is of server {found}, and the ledger here is of {here}.",
           "Use this server's backup. Nothing was changed."},
          {"该备份属于服务器 {found}，而此处的账本属于 {here}。", "请使用本服务器的备份。未作任何改动。"}),
    entry(errc::secrets_place_taken, "secrets-place-taken",
          {"{path} is there already, and is another one.",
           "Move it away, leave it out with --only, or overwrite it with --replace. Nothing was changed."},
          {"{path} 已存在且内容不同。", "请移走该文件，或用 --only 排除，或用 --replace 覆盖。未作任何改动。"}),
    entry(errc::secrets_backup_there, "secrets-backup-there",
          {"{path} is there already.", "Name a new file: a backup is never written over another. Nothing was written."},
          {"{path} 已存在。", "请指定新的文件名：备份不会覆盖已有的文件。未写入任何内容。"}),
    entry(errc::secrets_keys_too_many, "secrets-keys-too-many",
          {"The ledger has {count} keys of one kind that were not revoked, and a backup holds {maximum}.",
           "Revoke those that are of no more use: `actledger enrolment list`, `actledger log-key list`. Nothing was "
           "written."},
          {"账本中同一种未撤销的密钥有 {count} 个，而备份最多保存 {maximum} 个。",
           "请撤销不再使用的密钥：`actledger enrolment list`、`actledger log-key list`。未写入任何内容。"}),
    entry(errc::secrets_key_unknown, "secrets-key-unknown",
          {"The backup holds no key {key}.", "Its keys: `actledger secrets show`. Nothing was changed."},
          {"备份中没有密钥 {key}。", "请用 `actledger secrets show` 查看其中的密钥。未作任何改动。"}),
    entry(errc::secrets_nothing, "secrets-nothing",
          {"There is nothing to do for {roles}: the backup does not hold it, or the configuration has no place for it.",
           "Look at what the backup holds: `actledger secrets show`."},
          {"没有可处理的内容（{roles}）：备份中没有，或配置中没有其存放位置。",
           "请用 `actledger secrets show` 查看备份内容。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"cli", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace cli
