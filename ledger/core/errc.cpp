#include "ledger/core/errc.hpp"

#include <array>

#include "ledger/core/message.hpp"

namespace ledger {
namespace {

constexpr Message entry(errc value, std::string_view code, MessageText english, MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr MessageText damaged_file_en(std::string_view sentence) {
    return {sentence, "Fetch the file again from where it came from, unchanged."};
}
constexpr MessageText damaged_file_zh(std::string_view sentence) {
    return {sentence, "请从原处重新获取该文件，不要改动。"};
}

constexpr std::array messages{
    entry(errc::not_canonical, "not-canonical", damaged_file_en("A value is not written in its one accepted form."),
          damaged_file_zh("有一个值的写法不符合规定的唯一格式。")),
    entry(errc::malformed_note, "note-malformed", damaged_file_en("The signed note is not well formed."),
          damaged_file_zh("签名文本（signed note）格式不正确。")),
    entry(errc::malformed_checkpoint, "checkpoint-malformed", damaged_file_en("The checkpoint is not well formed."),
          damaged_file_zh("检查点格式不正确。")),
    entry(errc::malformed_proof, "proof-malformed", damaged_file_en("The proof is not well formed."),
          damaged_file_zh("证明格式不正确。")),
    entry(errc::malformed_event, "event-malformed",
          {"A stored event is not well formed.",
           "Run `actledger verify` on the ledger to find which one, and restore it: `actledger restore FOLDER "
           "--replace`."},
          {"有一条事件记录格式不正确。",
           "请对账本运行 `actledger verify` 找出该记录，然后恢复账本：`actledger restore 目录 --replace`。"}),
    entry(errc::malformed_annex, "annex-malformed",
          {"A stored annex entry is not well formed.", "Run `actledger verify` on the ledger to find which one."},
          {"有一条附录记录格式不正确。", "请对账本运行 `actledger verify` 找出该记录。"}),
    entry(errc::malformed_activation_file, "activation-file-malformed",
          {"The activation file is not well formed.", "Fetch it again: `actledger-client activate` gets the same one."},
          {"激活文件格式不正确。", "请重新获取：运行 `actledger-client activate` 会得到同一份文件。"}),
    entry(errc::malformed_anchor, "anchor-malformed",
          {"The anchor is not well formed.", "Run `actledger hsm check` to see which anchors the token holds."},
          {"锚点格式不正确。", "请运行 `actledger hsm check` 查看加密卡中的锚点。"}),
    entry(errc::malformed_hand_over, "hand-over-malformed",
          {"The note by which one key hands the ledger over to the next is not well formed.",
           "Keep the file or the ledger that it stands in as evidence, and use an intact copy."},
          {"一把密钥将账本移交给下一把密钥的凭据格式不正确。", "请保留所在的文件或账本作为证据，并使用完好的副本。"}),
    entry(errc::malformed_component, "component-malformed",
          {"The device component {kind} is not one that can be used.",
           "Send 1 to 16 components: a kind of a-z, 0-9 and _, and a value of at most 255 bytes without control "
           "characters."},
          {"硬件特征 {kind} 不可用。",
           "请提交 1 至 16 个硬件特征：类型仅含 a-z、0-9 和 _，值不超过 255 字节且不含控制字符。"}),
    entry(errc::unknown_event_kind, "event-kind-unknown",
          {"The ledger holds an event that was written by a newer version.",
           "Install the newer version of this program."},
          {"账本中有由更新版本写入的事件。", "请安装本程序的更新版本。"}),
    entry(errc::too_large, "too-large",
          {"The input is larger than its format allows.", "Check that it is the right file."},
          {"输入超过了该格式允许的大小。", "请检查文件是否正确。"}),

    entry(errc::malformed_tile, "export-file-malformed",
          {"The file {path} of the export in {folder} is cut, or not well formed.",
           "Copy it again from where it came from, or use another mirror or export. While the ledger is there: remove "
           "the file, and `actledger export` makes it again."},
          {"{folder} 中导出的文件 {path} 被截断或格式不正确。",
           "请从原处重新复制，或使用其他镜像或导出。账本还在时：删除该文件，`actledger export` 会重新生成。"}),
    entry(errc::malformed_export_manifest, "export-manifest-malformed",
          {"The file `manifest` in {folder} is not that of an export.",
           "Name the folder that `actledger export` or a mirror wrote; the manifest is never edited."},
          {"{folder} 中的 `manifest` 文件不属于任何导出。",
           "请指定由 `actledger export` 或镜像写入的目录；该文件不可编辑。"}),
    entry(errc::export_format_unknown, "export-format-unknown",
          {"The export in {folder} was written by a newer version.", "Install the newer version of this program."},
          {"{folder} 中的导出由更新版本写入。", "请安装本程序的更新版本。"}),
    entry(errc::export_not_found, "export-not-found",
          {"There is no export in {folder}.", "Name a folder that `actledger export` or a mirror wrote."},
          {"{folder} 中没有导出。", "请指定由 `actledger export` 或镜像写入的目录。"}),
    entry(errc::export_unreadable, "export-unreadable",
          {"{path} of the export in {folder} cannot be read: {reason}.", "Check the disk and the permissions."},
          {"无法读取 {folder} 中导出的 {path}：{reason}。", "请检查磁盘和权限。"}),
    entry(errc::export_file_missing, "export-file-missing",
          {"The export in {folder} lacks the file {path}.",
           "Copy it again from where it came from, or use another mirror or export. While the ledger is there, "
           "`actledger export` makes it again."},
          {"{folder} 中的导出缺少文件 {path}。",
           "请从原处重新复制，或使用其他镜像或导出。账本还在时，`actledger export` 会重新生成。"}),
    entry(errc::export_file_differs, "export-file-differs",
          {"The file {path} of the export in {folder} is not what was signed: it was changed, or is of another ledger.",
           "Use another mirror or export; keep this one as evidence."},
          {"{folder} 中导出的文件 {path} 与签名内容不符：被改动过，或属于另一个账本。",
           "请使用其他镜像或导出，并保留此份作为证据。"}),
    entry(errc::export_incomplete, "export-incomplete",
          {"The export in {folder} has no signed head that its files cover.",
           "Let the export finish, or copy it again; then there is a whole state to read."},
          {"{folder} 中的导出没有任何已被文件完整覆盖的签名树头。", "请等待导出完成或重新复制，之后即可读取。"}),

    entry(errc::bad_signature, "signature-bad", damaged_file_en("A signature does not match what it is said to sign."),
          damaged_file_zh("签名与所签内容不符。")),
    entry(errc::unknown_key, "key-unknown",
          {"It is not signed by the expected key.", "Check that it comes from the right server or vendor."},
          {"签名密钥不是预期的密钥。", "请确认其来自正确的服务器或厂商。"}),
    entry(errc::wrong_origin, "origin-wrong",
          {"It belongs to another ledger.", "Use the file that was made for this server."},
          {"它属于另一个账本。", "请使用为本服务器生成的文件。"}),
    entry(
        errc::incarnation_closed, "incarnation-closed",
        {"The server lost events: it had signed {size} of them as incarnation {incarnation}, kept {kept_size}, and "
         "goes on as incarnation {opened}. It says so with a signed event.",
         "Nothing has to be done where a desktop is activated. One whose activation was lost activates again."},
        {"服务器丢失过事件：第 {incarnation} 世代曾签发至 {size} 条，保留了 {kept_size} 条，现以第 {opened} 世代继续，"
         "并以签名事件作了说明。",
         "已激活的桌面无需处理。激活记录丢失的桌面请重新激活。"}),
    entry(errc::incarnation_wrong, "incarnation-wrong",
          {"An event opens a new incarnation of the ledger, and does not follow from what lies before it.",
           "Keep this ledger as evidence, and restore it from a mirror or an export that verifies."},
          {"有一条事件开启了账本的新世代，但与其之前的内容不符。",
           "请保留此账本作为证据，并从能通过校验的镜像或导出中恢复。"}),
    entry(errc::inconsistent_tree, "tree-inconsistent",
          {"Two tree heads contradict each other: one history was rolled back, or there are two.",
           "Keep both heads as evidence and follow the manual's chapter on rollback and forks."},
          {"两个树头相互矛盾：账本被回退，或存在两份历史。", "请保留两个树头作为证据，并按手册“回退与分叉”一章处理。"}),
    entry(errc::not_included, "not-included", damaged_file_en("The event is not in the tree that the proof names."),
          damaged_file_zh("该事件不在证明所指的树中。")),
    entry(errc::event_without_seat, "event-without-seat",
          {"The file is genuine, but it proves an event of kind {kind}, which is no seat.",
           "Use the activation file of the desktop: `actledger-client activate` gets it."},
          {"文件真实有效，但它证明的是 {kind} 类事件，并非席位。",
           "请使用该桌面的激活文件：运行 `actledger-client activate` 可取得。"}),
    entry(errc::commitment_mismatch, "commitment-mismatch",
          {"A value in the annex is not the one that its event commits to.",
           "Somebody changed the annex: restore it from a mirror or an export."},
          {"附录中的值与事件中的承诺不符。", "附录被改动过，请从镜像或导出中恢复。"}),
    entry(errc::certificate_untrusted, "certificate-untrusted",
          {"The certificate {subject} does not lead to the vendor's root certificate.",
           "Use the vendor's own root certificate, and files made under it."},
          {"证书 {subject} 不能追溯到厂商根证书。", "请使用厂商的根证书以及在其下签发的文件。"}),
    entry(errc::certificate_malformed, "certificate-malformed", damaged_file_en("A certificate is not well formed."),
          damaged_file_zh("证书格式不正确。")),
    entry(errc::certificate_wrong_purpose, "certificate-wrong-purpose",
          {"The certificate {subject} was not issued for this purpose.",
           "Ask the vendor for a file signed with the right certificate."},
          {"证书 {subject} 的用途不符。", "请向厂商索取用正确证书签发的文件。"}),
    entry(errc::certificate_not_valid_then, "certificate-not-valid-then",
          {"The certificate {subject} is valid from {not_before} to {not_after}, and the act was at {at}.",
           "Ask the vendor for a file signed with a certificate that was valid."},
          {"证书 {subject} 的有效期为 {not_before} 至 {not_after}，而行为发生在 {at}。",
           "请向厂商索取用当时有效的证书签发的文件。"}),

    entry(
        errc::log_not_found, "log-not-found",
        {"There is no ledger in {folder}.",
         "Name the right folder. A new server: `actledger hsm init --root ROOT.crt`. After a reinstallation or a loss "
         "never that: `actledger restore` from a mirror or an export, or, if there is none, `actledger recover`."},
        {"{folder} 中没有账本。",
         "请指定正确的目录。全新的服务器：`actledger hsm init --root "
         "ROOT.crt`。重装或丢失之后切勿初始化：请由镜像或导出恢复"
         "（`actledger restore`）；如果都没有，请运行 `actledger recover`。"}),
    entry(errc::log_exists, "log-exists",
          {"There is a ledger in {folder} already.",
           "If it is sound, use it, or name another folder. If it is damaged or older than a copy, `actledger restore "
           "--replace` puts the copy in its place and keeps this one beside it. Nothing was changed."},
          {"{folder} 中已有账本。",
           "如果账本完好，请使用它，或指定其他目录。如果它已损坏或比副本旧，`actledger restore --replace` "
           "会以副本取代它，并将其保留在旁边。未作任何改动。"}),
    entry(errc::log_locked, "log-locked",
          {"Another process is writing to the ledger in {folder}.", "Stop it first, or let it do the work."},
          {"另一个进程正在写入 {folder} 中的账本。", "请先停止该进程，或由它完成操作。"}),
    entry(
        errc::log_damaged, "log-damaged",
        {"The ledger in {folder} is damaged.",
         "Do not start over. Stop the server, and bring a copy, a mirror or an export back: `actledger restore FOLDER "
         "--replace`. If there is none, `actledger recover --root ROOT --license FILE` says how to go on."},
        {"{folder} 中的账本已损坏。",
         "不要重新初始化。请停止服务器，恢复副本、镜像或导出：`actledger restore 目录 --replace`。如果没有，"
         "`actledger recover --root 根证书 --license 文件` 会说明如何继续。"}),
    entry(errc::log_unreadable, "log-unreadable",
          {"The ledger in {folder} cannot be opened: {reason}.", "Check the owner and the permissions of the folder."},
          {"无法打开 {folder} 中的账本：{reason}。", "请检查该目录的所有者和权限。"}),
    entry(errc::log_format_unknown, "log-format-unknown",
          {"The ledger in {folder} has storage format {format}, which this version does not know.",
           "Install the newer version of this program."},
          {"{folder} 中账本的存储格式 {format} 不为本版本所知。", "请安装本程序的更新版本。"}),
    entry(errc::log_moved, "log-moved", {"The ledger has grown since it was read.", "Try again."},
          {"读取之后账本又有增长。", "请重试。"}),
    entry(errc::network_file_system, "network-file-system",
          {"{folder} is on a network file system, which cannot be trusted to keep a log.", "Use a local disk."},
          {"{folder} 位于网络文件系统上，不能可靠地保存账本。", "请使用本地磁盘。"}),
    entry(errc::disk_full, "disk-full",
          {"The disk of the ledger is full; the server only reads until there is room.",
           "Free space on the disk; service resumes by itself."},
          {"账本所在磁盘已满，腾出空间前服务器只读。", "请清理磁盘空间，服务会自动恢复。"}),
    entry(errc::storage_failed, "storage-failed",
          {"Writing to the disk failed.", "Check the disk; the server verifies the ledger when it starts again."},
          {"写入磁盘失败。", "请检查磁盘；服务器重新启动时会校验账本。"}),
    entry(errc::not_found, "not-found", {"There is no such entry.", "Check the number or the id."},
          {"没有该条目。", "请检查编号或标识。"}),

    entry(errc::overloaded, "overloaded",
          {"The server has more requests than it can queue.", "Try again in a few seconds."},
          {"服务器的请求队列已满。", "请几秒后重试。"}),
    entry(errc::shutting_down, "shutting-down",
          {"The server is stopping.", "Try again in a few seconds, or ask another server."},
          {"服务器正在停止。", "请几秒后重试，或联系另一台服务器。"}),
    entry(errc::signer_unavailable, "signer-unavailable",
          {"The HSM does not answer.",
           "Check the card with `actledger hsm check`; service resumes by itself when it is back."},
          {"加密卡（HSM）没有响应。", "请运行 `actledger hsm check` 检查加密卡；恢复后服务自动继续。"}),
};

}  // namespace

const MessageCategory& category() {
    static const MessageCategory instance{"ledger", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace ledger
