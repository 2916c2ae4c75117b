#include "tools/issuer/errc.hpp"

#include <array>

namespace issuer {
namespace {

using ledger::Message;
using ledger::MessageText;

constexpr Message entry(errc value, std::string_view code, MessageText english, MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::root_missing, "issuer-root-missing",
          {"There is no vendor root in {folder}.",
           "Name the right folder with --folder, or make a root with `actledger-issuer root`."},
          {"{folder} 中没有厂商根证书。", "请用 --folder 指定正确的目录，或用 `actledger-issuer root` 创建根证书。"}),
    entry(errc::root_exists, "issuer-root-exists",
          {"There is another root in {folder} already: {subject}.",
           "Use it, or name another folder. A root is never replaced. Nothing was changed."},
          {"{folder} 中已有另一个根证书：{subject}。",
           "请使用该根证书，或指定其他目录。根证书不会被替换，未作任何改动。"}),
    entry(errc::certificate_missing, "issuer-certificate-missing",
          {"There is no certificate {file}.", "Make it with `actledger-issuer certificate --purpose {purpose}`."},
          {"没有证书 {file}。", "请用 `actledger-issuer certificate --purpose {purpose}` 创建。"}),
    entry(errc::certificate_exists, "issuer-certificate-exists",
          {"The file {file} holds another certificate than the one asked for.",
           "Give the new one a name of its own with --as. Nothing was changed."},
          {"文件 {file} 中是另一个证书。", "请用 --as 为新证书另取名称。未作任何改动。"}),
    entry(errc::file_exists, "issuer-file-exists",
          {"The file {path} exists and holds something else.", "Name another file with --out. Nothing was changed."},
          {"文件 {path} 已存在且内容不同。", "请用 --out 指定其他文件。未作任何改动。"}),
    entry(errc::license_id_used, "issuer-license-id-used",
          {"The licence id {license_id} was given to another licence.",
           "Leave --id out, and a new one is made. Nothing was changed."},
          {"授权编号 {license_id} 已用于另一份授权。", "省略 --id 即可自动生成新编号。未作任何改动。"}),
    entry(errc::license_unknown, "issuer-license-unknown",
          {"This folder never issued a licence {license_id}.",
           "Check the id with `actledger-issuer show FILE.lic`, and that this is the folder with which it was issued. "
           "Only `actledger-issuer revoke` goes without a copy: --not-in-record."},
          {"本目录从未签发过授权 {license_id}。",
           "请用 `actledger-issuer show FILE.lic` 核对编号，并确认这是当初签发它的目录。只有 `actledger-issuer revoke` "
           "可以在没有副本时执行：--not-in-record。"}),
    entry(errc::foreign_identity, "issuer-request-foreign-identity",
          {"The request names the server {server_id}, and its key (SHA-256 {key_fingerprint}) belongs to the server "
           "{derived_id}.",
           "Do not issue: a licence for it would give one server's identity to another key. A lost card needs a "
           "re-endorsement: `actledger-issuer reendorse`."},
          {"申请文件中的服务器标识是 {server_id}，但其密钥（SHA-256 {key_fingerprint}）属于服务器 {derived_id}。",
           "请勿签发：否则会把一台服务器的身份交给另一把密钥。加密卡丢失时应办理重新认可：`actledger-issuer "
           "reendorse`。"}),
    entry(errc::passphrase_short, "issuer-passphrase-short",
          {"The passphrase has fewer than {minimum} bytes.", "Choose a longer one."},
          {"口令少于 {minimum} 个字节。", "请使用更长的口令。"}),
    entry(errc::passphrases_differ, "issuer-passphrases-differ",
          {"The two passphrases differ.", "Type the same one twice. Nothing was made."},
          {"两次输入的口令不一致。", "请两次输入相同的口令。未创建任何内容。"}),
    entry(errc::passphrase_file, "issuer-passphrase-file",
          {"The passphrase file {path} is empty, too long or has more than one line.",
           "Put the passphrase in its first and only line."},
          {"口令文件 {path} 为空、过长或多于一行。", "请将口令写在文件的第一行，且只有一行。"}),
    entry(errc::value_wrong, "issuer-value-wrong",
          {"{option} {value} cannot be; expected is {expected}.", "Correct the command line. Nothing was made."},
          {"{option} {value} 无效；应为 {expected}。", "请更正命令行。未创建任何内容。"}),
    entry(errc::file_unknown, "issuer-file-unknown",
          {"{path} is neither a licence, a request, a revocation, a re-endorsement nor a certificate.",
           "Check that it is the right file."},
          {"{path} 不是授权数量文件、申请文件、吊销文件、重新认可文件或证书。", "请检查文件是否正确。"}),
    entry(errc::server_differs, "issuer-server-differs",
          {"The request is of the server {server_id}, and --server says {meant}.",
           "Ask the customer for the server id by another way than the file: whoever gets a re-endorsement takes the "
           "server over. Nothing was made."},
          {"申请文件属于服务器 {server_id}，而 --server 指定的是 {meant}。",
           "请通过文件以外的途径向客户核对服务器标识：获得重新认可者即可接管该服务器。未创建任何内容。"}),
    entry(errc::server_key_unknown, "issuer-server-key-unknown",
          {"This folder never certified the key {key_fingerprint} (SHA-256) for the server {server_id}.",
           "Use the folder with which its licences were issued. Nothing was made."},
          {"本目录从未为服务器 {server_id} 的密钥 {key_fingerprint}（SHA-256）签发过证书。",
           "请使用当初签发其授权的目录。未创建任何内容。"}),
    entry(errc::server_key_revoked, "issuer-server-key-revoked",
          {"The certificate over the key {key_fingerprint} (SHA-256) of the server {server_id} is revoked: it names no "
           "successor.",
           "If the customer still has the ledger, let another key take over with `actledger-issuer reendorse`. Nothing "
           "was made."},
          {"服务器 {server_id} 的密钥 {key_fingerprint}（SHA-256）的证书已被吊销，它不能指定继任密钥。",
           "如果客户仍持有账本，请用 `actledger-issuer reendorse` 让另一把密钥接替。未创建任何内容。"}),
    entry(errc::request_head_wrong, "issuer-request-head-wrong",
          {"The lost key of the server {server_id} did not sign the head that the request names.",
           "Ask for a request that was made beside the ledger itself. Nothing was made."},
          {"申请文件中的树头不是由服务器 {server_id} 丢失的密钥签名的。",
           "请客户在账本所在的机器上重新生成申请文件。未创建任何内容。"}),
    entry(errc::key_not_new, "issuer-key-not-new",
          {"The request names the key {key_fingerprint} (SHA-256) as lost, and is signed with it.",
           "That key is there: the server needs no re-endorsement. Nothing was made."},
          {"申请文件称密钥 {key_fingerprint}（SHA-256）已丢失，却是用它签名的。",
           "该密钥仍然可用：服务器不需要重新认可。未创建任何内容。"}),
    entry(errc::reendorsed_before, "issuer-reendorsed-before",
          {"Another key was re-endorsed for the same lost one of the server {server_id}: {path}.",
           "Make sure that it was never used, or two tokens go on as one server; then say --again. Nothing was made."},
          {"服务器 {server_id} 的同一把丢失的密钥此前已重新认可给另一把密钥：{path}。",
           "请确认该文件从未使用，否则会有两个令牌同时充当一台服务器；确认后加 --again。未创建任何内容。"}),
    entry(
        errc::key_given_up, "issuer-key-given-up",
        {"The key {key_fingerprint} (SHA-256) of the request was given up by an earlier file for this server: {path}.",
         "The server refuses it: ask for a request with a new key. Only if that file was never used, say --again. "
         "Nothing was made."},
        {"申请文件中的密钥 {key_fingerprint}（SHA-256）已被此服务器先前的文件列为弃用：{path}。",
         "服务器会拒绝该密钥：请用新的密钥重新申请。仅当该文件从未使用时，才加 --again。未创建任何内容。"}),
    entry(errc::hand_over_wrong, "issuer-hand-over-wrong",
          {"The key of the server {server_id} did not sign the hand-over that the request holds.",
           "Ask for a request that `actledger hsm rotate --request` made on the server itself. Nothing was made."},
          {"申请文件中的移交凭据不是由服务器 {server_id} 的密钥签名的。",
           "请客户在服务器上用 `actledger hsm rotate --request` 重新生成申请。未创建任何内容。"}),
    entry(errc::succeeded_before, "issuer-succeeded-before",
          {"This folder let another key take over from the same one of the server {server_id}: {path}.",
           "Make sure that it was never used, or two keys go on as one server; then say --again. Nothing was made."},
          {"本目录此前已允许另一把密钥接替服务器 {server_id} 的同一把密钥：{path}。",
           "请确认该文件从未使用，否则会有两把密钥同时充当一台服务器；确认后加 --again。未创建任何内容。"}),
    entry(errc::reendorsement_id_used, "issuer-reendorsement-id-used",
          {"The id {reendorsement_id} was given to another re-endorsement.",
           "Leave --id out, and a new one is made. Nothing was made."},
          {"编号 {reendorsement_id} 已用于另一份重新认可文件。", "省略 --id 即可自动生成新编号。未创建任何内容。"}),
    entry(errc::request_without_head, "issuer-request-without-head",
          {"The request of the server {server_id} names no head of its ledger.",
           "Only a server whose log is lost sends such a one: ask the customer, and then say --lost-log. Nothing was "
           "made."},
          {"服务器 {server_id} 的申请文件中没有账本的树头。",
           "只有日志已丢失的服务器才会发出这样的申请：请向客户核实，然后加 --lost-log。未创建任何内容。"}),
    entry(errc::license_not_live, "issuer-license-not-live",
          {"The licence {license_id} is not live any more: {reason}.",
           "Leave it out: only licences that are live are vouched for. Nothing was made."},
          {"授权 {license_id} 已不再有效：{reason}。", "请不要列入：只能认可仍然有效的授权。未创建任何内容。"}),
    entry(errc::license_left_out, "issuer-license-left-out",
          {"Live licences of the server are not among those named with --license: {license_ids}.",
           "What is left out can never be imported again in the new log, and would have to be reissued: name each with "
           "--license, or say --leave-out ID for it. Nothing was made."},
          {"以下仍然有效的授权不在 --license 所列之中：{license_ids}。",
           "未列入的授权在新日志中再也无法导入，只能重新签发：请逐个用 --license 列入，或用 --leave-out 编号 "
           "确认排除。未创建任何内容。"}),
    entry(errc::no_live_license, "issuer-no-live-license",
          {"This folder has no live licence of the server {server_id}.",
           "Use the folder with which its licences were issued. Nothing was made."},
          {"本目录中没有服务器 {server_id} 的有效授权。", "请使用当初签发其授权的目录。未创建任何内容。"}),
    entry(errc::live_licenses_too_many, "issuer-live-licenses-too-many",
          {"{count} live licences are to be vouched for, and a server holds at most {limit}.",
           "Give up those that it never imported, each by --leave-out ID, or revoke what ended. Nothing was made."},
          {"需要认可的有效授权有 {count} 份，而服务器最多容纳 {limit} 份。",
           "请用 --leave-out 编号 逐个排除从未导入的授权，或先吊销已经终止的授权。未创建任何内容。"}),
    entry(errc::kept_file_damaged, "issuer-kept-file-damaged",
          {"The copy {path} of what was issued before is damaged or not genuine: {reason}.",
           "What it says is not known, so nothing is issued that might contradict it. Bring it back from a copy of "
           "this folder; `record.jsonl` says what it was. Nothing was made."},
          {"此前签发文件的副本 {path} 已损坏或不真实：{reason}。",
           "其内容无法得知，因此不签发可能与之矛盾的文件。请从本目录的备份中取回该文件；`record.jsonl` "
           "记有它原来是什么。未创建任何内容。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"issuer", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace issuer
