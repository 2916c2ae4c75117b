#include "tools/node/errc.hpp"

#include <array>

namespace node {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(
        errc::log_behind_anchor, "log-behind-anchor",
        {"The ledger has {log_size} events, and the HSM remembers a signed head of {anchor_size}: the ledger was "
         "rolled "
         "back or restored from an older copy.",
         "Do not start over and do not clear the HSM. If there is a newer copy of the ledger's folder, a mirror or an "
         "export, bring that back; if there is none, go on from what is there: `actledger recover`."},
        {"账本有 {log_size} 条事件，而加密卡记得曾签发过 {anchor_size} 条的树头：账本被回退，或由较旧的副本恢复。",
         "不要重新初始化，也不要清空加密卡。如有更新的账本目录副本、镜像或导出，请先恢复它；"
         "如果没有，请运行 `actledger recover`，从现有内容继续。"}),
    entry(errc::log_contradicts_anchor, "log-contradicts-anchor",
          {"The first {anchor_size} events of the ledger are not those that the HSM once signed: there are two "
           "histories.",
           "Keep this ledger's folder as evidence, and bring back the right one."},
          {"账本的前 {anchor_size} 条事件与加密卡签发过的不一致：存在两份历史。",
           "请保留该账本目录作为证据，并恢复正确的账本。"}),
    entry(errc::anchor_foreign, "anchor-foreign",
          {"The HSM's anchor is of ledger {anchor_origin}, and this is ledger {log_origin}.",
           "Use the token and the ledger folder that belong together: look at hsm.uri and ledger.folder."},
          {"加密卡中的锚点属于账本 {anchor_origin}，而当前账本是 {log_origin}。",
           "请使用相互对应的令牌和账本目录：检查 hsm.uri 和 ledger.folder。"}),
    entry(errc::anchor_salt_differs, "anchor-salt-differs",
          {"The device salt in the HSM's anchor is not the ledger's.",
           "Use the token and the ledger folder that belong together."},
          {"加密卡锚点中的设备盐值与账本不一致。", "请使用相互对应的令牌和账本目录。"}),
    entry(errc::anchor_unchecked, "anchor-unchecked",
          {"The HSM has not answered since the start, so the ledger could not be held against its anchor yet.",
           "Check the card with `actledger hsm check`; service begins by itself when it is there."},
          {"启动以来加密卡一直没有应答，尚未将账本与其锚点核对。",
           "请运行 `actledger hsm check` 检查加密卡；恢复后服务自动开始。"}),
    entry(
        errc::key_of_other_ledger, "key-of-other-ledger",
        {"The ledger in {folder} was made with another key than the one in the HSM.",
         "Use the token and the ledger folder that belong together. If the ledger's own token is lost: `actledger hsm "
         "replace`."},
        {"{folder} 中的账本是用另一把密钥建立的，与加密卡中的不同。",
         "请使用相互对应的令牌和账本目录。如果账本原来的令牌已丢失：`actledger hsm replace`。"}),
    entry(errc::hsm_in_use, "hsm-in-use",
          {"The HSM belongs to server {server_id} already, which has signed at least {anchor_size} events, and its "
           "ledger "
           "is not here.",
           "Do not initialise again: restore the ledger's folder, or, if there is no copy of it, go on with `actledger "
           "recover "
           "--root … --license …`. Every licence stays good."},
          {"加密卡已属于服务器 {server_id}，它至少签发过 {anchor_size} 条事件，而其账本不在此处。",
           "不要重新初始化：请恢复账本目录；如果没有副本，请运行 `actledger recover --root … --license …`。"
           "所有授权数量文件仍然有效。"}),
    entry(
        errc::anchor_folder_in_use, "anchor-folder-in-use",
        {"The anchor folder {folder} remembers server {server_id}, which has signed at least {anchor_size} events, and "
         "there is no ledger here. Nothing was made.",
         "If that server's ledger is lost, do not make another one: `actledger restore` from a copy, mirror or "
         "export; else `actledger recover`. Every licence stays good. For another server set hsm.anchor_folder to a "
         "folder of its own."},
        {"锚目录 {folder} 记得服务器 {server_id}，它至少签发过 {anchor_size} 条事件，而此处没有账本。未建立任何内容。",
         "如果该服务器的账本已丢失，不要另建账本：有副本、镜像或导出时用 `actledger restore`，否则用 `actledger "
         "recover`，所有授权数量文件仍然有效。如果要建立的是另一台服务器，请为它设置单独的 hsm.anchor_folder。"}),
    entry(errc::software_too_old, "software-too-old",
          {"The ledger names a suite that this version does not know.", "Install the newer version of this program."},
          {"账本使用了本版本不支持的算法套件。", "请安装更新的版本。"}),
    entry(errc::recovery_unfinished, "recovery-unfinished",
          {"Opening {origin} was interrupted: the ledger has it, and the HSM was not told yet.",
           "Run `actledger recover` again: it finishes what was begun."},
          {"开启 {origin} 的过程被中断：账本已记录，但尚未告知加密卡。",
           "请再次运行 `actledger recover`，它会完成剩余步骤。"}),
    entry(
        errc::restored_unconfirmed, "restored-unconfirmed",
        {"The ledger was restored, with {log_size} events: whether anything was given after that copy was made cannot "
         "be seen from here.",
         "Go on with `actledger recover`; without the HSM, with `actledger hsm replace`. Only if the old server had "
         "been "
         "stopped before the copy was made: restore again with --replace --complete."},
        {"账本由副本恢复，有 {log_size} 条事件：制作该副本之后是否还发放过席位，在此无从得知。",
         "请运行 `actledger recover` 继续；如果加密卡也已丢失，请运行 `actledger hsm "
         "replace`。只有在制作副本之前旧服务器已经停止时，才可用 --replace --complete "
         "重新恢复。"}),
    entry(errc::nothing_to_recover, "nothing-to-recover",
          {"The ledger has {log_size} events, and the HSM remembers {anchor_size} of them: nothing is missing.",
           "Start the server. If you know that this is an older copy, say so: `actledger recover --restored`. Nothing "
           "was "
           "changed."},
          {"账本有 {log_size} 条事件，其中包含加密卡所记得的 {anchor_size} 条：没有缺失。",
           "请直接启动服务器。如果确知这是较旧的副本，请运行 `actledger recover --restored`。未作任何改动。"}),
    entry(errc::hand_over_wrong, "hand-over-wrong",
          {"Event {at} hands the ledger over to another key, and the vendor did not.",
           "Keep this ledger's folder as evidence, and restore it from a mirror or an export that verifies."},
          {"第 {at} 条事件把账本移交给另一把密钥，但并未经厂商认可。",
           "请保留该账本目录作为证据，并从能通过校验的镜像或导出中恢复。"}),
    entry(errc::key_not_lost, "key-not-lost",
          {"The token {token} holds this ledger's own key: nothing has to be replaced.",
           "Start the server. If another token is to take over, name that one in hsm.uri. Nothing was changed."},
          {"令牌 {token} 中就是本账本自己的密钥：无需更换。",
           "请直接启动服务器。如果要由另一个令牌接替，请在 hsm.uri 中指定它。未作任何改动。"}),
    entry(
        errc::key_cleared, "key-cleared",
        {"The key of server {server_id} was destroyed on purpose (`actledger hsm clear`): nothing is signed any more.",
         "To go on with this ledger, set up a token and ask the vendor for a re-endorsement: `actledger hsm replace`. "
         "Activation files that were given stay good."},
        {"服务器 {server_id} 的密钥已被有意销毁（`actledger hsm clear`）：不再签署任何内容。",
         "如需继续使用该账本，请准备令牌并向厂商申请重新认可：`actledger hsm replace`。已发出的激活文件仍然有效。"}),
    entry(
        errc::hand_over_missing, "hand-over-missing",
        {"Another key took this ledger over, as {origin} with at least {size} events: an anchor says so, or a head "
         "that a client has shown. The ledger here knows nothing of it: it was set back to before that.",
         "Bring the newer ledger back: a copy of its folder, a mirror or an export. Only if there is none: another "
         "key, by `actledger hsm replace --restored`. If that key never served, or was given up long ago, somebody "
         "misuses it: have the vendor revoke its certificate, import the file, and start the server again. Do not "
         "clear the HSM."},
        {"锚点或客户端出示的树头表明，本账本已由另一把密钥以 {origin} 接续，至少有 {size} 条事件，而此处的账本没有"
         "相应记录：它被回退到了移交之前。",
         "请恢复较新的账本：目录副本、镜像或导出。只有在确实没有时，才用 `actledger hsm replace --restored` "
         "换用另一把密钥。若该密钥从未启用，或早已弃用，则是有人在冒用：请厂商吊销其证书，导入吊销文件，再重启服务器。"
         "不要清空加密卡。"}),
    entry(errc::recover_first, "recover-first",
          {"A client has shown a signed head that this ledger lacks ({origin}, {size} events): something was lost.",
           "Bring back what is missing, or go on from what is there: `actledger recover`. Then rotate the key. Nothing "
           "was changed."},
          {"有客户端出示了本账本所没有的签名树头（{origin}，{size} 条事件）：存在丢失的记录。",
           "请先找回缺失的内容，或运行 `actledger recover` 从现有内容继续，然后再轮换密钥。未作任何改动。"}),
    entry(errc::next_key_missing, "next-key-missing",
          {"The token has no key {key} that the certificate is over (SHA-256 {file_key}).",
           "Use the token and the certificate that belong together, or make a new request: `actledger hsm rotate "
           "--request`. Nothing was changed."},
          {"令牌中没有该证书所对应的密钥 {key}（SHA-256 {file_key}）。",
           "请使用相互对应的令牌和证书，或重新申请：`actledger hsm rotate --request`。未作任何改动。"}),
    entry(errc::rotation_unfinished, "rotation-unfinished",
          {"The anchor does not know yet that the ledger goes on as {origin}.",
           "Run `actledger hsm rotate --certificate …` again: it finishes what was begun. Nothing was destroyed."},
          {"锚点尚未得知账本已以 {origin} 接续。",
           "请再次运行 `actledger hsm rotate --certificate …`，它会完成剩余步骤。未销毁任何内容。"}),
    entry(errc::token_has_old_key, "token-has-old-key",
          {"The token {token} holds a key that this ledger had before, and a key never comes back.",
           "Name another token in hsm.uri, or another object on this one. Nothing was changed in the ledger."},
          {"令牌 {token} 中是本账本以前的密钥，密钥不会再次启用。",
           "请在 hsm.uri 中指定另一个令牌，或该令牌上的另一个对象。账本未作任何改动。"}),
    entry(errc::token_of_other_file, "token-of-other-file",
          {"The key on the token is {token_key} (SHA-256), and the re-endorsement is for {file_key}.",
           "Use the token with which the request was made, or make a new request. Nothing was changed."},
          {"令牌中的密钥是 {token_key}（SHA-256），而重新认可文件针对的是 {file_key}。",
           "请使用提交申请时的令牌，或重新申请。未作任何改动。"}),
    entry(errc::key_took_over, "key-took-over",
          {"The HSM has taken the server {server_id} over already, and has signed at least {anchor_size} events since: "
           "that ledger is lost here, and the vendor's file knows nothing of it.",
           "Restore a copy of it; or go on from what the HSM remembers: `actledger recover --root … --license …`, "
           "without "
           "--reendorsement. Nothing was changed."},
          {"加密卡此前已接替服务器 {server_id}，并至少签发过 {anchor_size} "
           "条事件：此处丢失的是那份账本，厂商的文件对它一无所知。",
           "请恢复其副本；或由加密卡所记得的内容继续：`actledger recover --root … --license …`，不带 "
           "--reendorsement。未作任何改动。"}),
    entry(
        errc::vendor_needed, "recover-vendor-needed",
        {"The log is lost, and an anchor says that another key signed last, for {origin}: the HSM that was found does "
         "not have it.",
         "Put in the HSM that served last. If it is lost: name another key in the configuration (`object=` in hsm.uri; "
         "the same HSM will do), and have the vendor hand "
         "over to it: `actledger recover --request`. No licence is issued again."},
        {"日志已丢失，而锚点表明最后为 {origin} 签名的是另一把密钥：找到的加密卡中没有它。",
         "请插入最后服务的那张加密卡。如果它已丢失：请在配置中指定另一把密钥（hsm.uri 中的 "
         "`object=`，同一加密卡即可），由厂商移交给它：`actledger recover "
         "--request`。无需重新签发授权。"}),
    entry(
        errc::certificate_needed, "recover-certificate-needed",
        {"The HSM's key {key} (SHA-256) took over from an earlier one, and none of the files given has its "
         "certificate.",
         "Name a file that has it (--certificate): the vendor's .crt or .ree for this key, or an activation file that "
         "it signed, from any desktop. The vendor can issue the .crt again. Nothing was changed."},
        {"加密卡的密钥 {key}（SHA-256）是接替先前密钥的，而所给文件中都没有它的证书。",
         "请用 --certificate 指定含有该证书的文件：厂商为此密钥签发的 .crt 或 "
         ".ree，或任一桌面上由它签名的激活文件。厂商可以重新出具 .crt。未作任何改动。"}),
    entry(errc::certificate_unread, "recover-certificate-unread",
          {"The file {file} holds no certificate of a server's key.",
           "Name a .crt or .ree of the vendor's, or an activation file. Nothing was changed."},
          {"文件 {file} 中没有服务器密钥的证书。", "请指定厂商的 .crt 或 .ree，或激活文件。未作任何改动。"}),
    entry(errc::clock_behind, "recover-clock-behind",
          {"The clock shows {now}, and {file} is of {at_least}: a new log would begin in its own past.",
           "Set the machine's clock, and run the command again. Nothing was changed."},
          {"系统时钟为 {now}，而 {file} 的时间是 {at_least}：新日志的起点会早于已知的过去。",
           "请校准本机时钟后重新执行。未作任何改动。"}),
    entry(errc::lost_log_without_key, "recover-key-missing",
          {"The log is lost, and the token {token} has no key {key}.",
           "Check hsm.uri. If the card is another one, or its key was destroyed: name a new key (`object=` in "
           "hsm.uri), and have the vendor hand over to it: `actledger recover --request`. Do not run `hsm "
           "init`."},
          {"日志已丢失，而令牌 {token} 中没有密钥 {key}。",
           "请检查 hsm.uri。如果是另一张卡，或密钥已销毁：请指定一把新密钥（hsm.uri 中的 `object=`），"
           "由厂商移交给它：`actledger recover --request`。不要运行 `hsm init`。"}),
    entry(errc::old_key_unknown, "recover-old-key-unknown",
          {"The re-endorsement replaces the key {old_key} (SHA-256), and none of the files given has that key.",
           "Name an activation file of a desktop (--activation-file), or the licence that was made for that key. "
           "Nothing was changed."},
          {"重新认可文件要替换的密钥是 {old_key}（SHA-256），而所给文件中都没有这把密钥。",
           "请用 --activation-file 指定某个桌面的激活文件，或指定为该密钥签发的授权数量文件。未作任何改动。"}),
    entry(errc::file_of_other_key, "recover-file-of-other-key",
          {"The activation file {file} was signed by the key {file_key}, and the vendor endorses {old_key} (SHA-256).",
           "Name a file that the lost key signed: a newer one. Nothing was changed."},
          {"激活文件 {file} 由密钥 {file_key} 签名，而厂商认可的是 {old_key}（SHA-256）。",
           "请指定由丢失的密钥签名的、较新的激活文件。未作任何改动。"}),
    entry(errc::file_of_other_server, "recover-file-of-other-server",
          {"The file {file} is of the server {file_server}, and another one is of {server_id}.",
           "Name files of one server only. Nothing was changed."},
          {"文件 {file} 属于服务器 {file_server}，而另一个文件属于 {server_id}。",
           "请只指定同一台服务器的文件。未作任何改动。"}),
    entry(errc::file_without_salt, "recover-file-without-salt",
          {"The activation file {file} has no device salt.",
           "Name a desktop's own activation file, as its client keeps it. Nothing was changed."},
          {"激活文件 {file} 中没有设备盐值。", "请指定桌面客户端自己保存的激活文件。未作任何改动。"}),
    entry(errc::device_salts_differ, "recover-salts-differ",
          {"The device salt in {file} is not that of the other files: one of them was altered.",
           "Take the files from the desktops again. With a wrong salt no desktop would be recognised. Nothing was "
           "changed."},
          {"{file} 中的设备盐值与其他文件不同：其中有文件被改动过。",
           "请重新从桌面取得激活文件。盐值有误，桌面就无法被识别。未作任何改动。"}),
    entry(
        errc::other_account, "service-account-needed",
        {"The ledger in {folder} belongs to account {account}, and this was run as root: what root makes, that account "
         "could not read. Nothing was changed.",
         "Run it as that account, which has to be able to read the files that are named: {command}. Only if the "
         "service itself runs as root (in a container, for instance), give it the folder: chown -R root {folder}."},
        {"{folder} 中的账本属于账户 {account}，而本命令以 root 运行：root 建立的内容，该账户将无法读取。未作任何改动。",
         "请以该账户运行（所列文件须可由它读取）：{command}。仅当服务本身以 root 运行时（例如在容器中），才将目录交给 "
         "root：chown -R root {folder}。"}),
    entry(
        errc::key_of_other_object, "key-of-other-object",
        {"The key that signed last for this server, as {origin} with at least {size} events, is on this token, as "
         "object {object}; hsm.uri names another one, which was given up or is another server's.",
         "Write `object={object}` in hsm.uri, and run the command again. Do not clear the HSM, and do not run `hsm "
         "init`. Nothing was changed."},
        {"最后为本服务器签名（{origin}，至少 {size} 条事件）的密钥就在此令牌上，对象名为 {object}；而 hsm.uri "
         "指定的是另一个对象，它已被放弃，或属于另一台服务器。",
         "请在 hsm.uri 中写明 `object={object}`，然后重新执行。不要清空加密卡，也不要运行 `hsm init`。未作任何改动。"}),
    entry(
        errc::two_keys_signed, "recover-two-keys",
        {"The log is lost, and the token has anchors of two keys of this server: of the one that hsm.uri names, and of "
         "object {object}, which signed {origin} up to at least {size} events. Which of them signed last cannot be "
         "told.",
         "Name a third key (`object=` in hsm.uri; the same HSM will do), and have the vendor hand over to it: "
         "`actledger recover --request`. No licence is issued again. Take nothing away from the HSM. Nothing was "
         "changed."},
        {"日志已丢失，而令牌中有本服务器两把密钥的锚点：一把是 hsm.uri 指定的，另一把是对象 {object}，它为 {origin} "
         "至少签名到第 {size} 条事件。无法判断最后签名的是哪一把。",
         "请指定第三把密钥（hsm.uri 中的 `object=`，同一加密卡即可），由厂商移交给它：`actledger recover "
         "--request`。无需重新签发授权。不要从加密卡中删除任何内容。未作任何改动。"}),
    entry(errc::key_well_on_token, "key-well-on-token",
          {"The key that would be given up is on this very token, as object {object}, with the anchor of {origin}: it "
           "is not lost.",
           "Write `object={object}` in hsm.uri, and start the server, or go on with `actledger recover`; where the log "
           "is lost, with `actledger recover --root … --license …`, which needs no re-endorsement. Another key on the "
           "same token: `actledger hsm rotate`. Nothing was changed."},
          {"要放弃的密钥就在此令牌上，对象名为 {object}，并带有 {origin} 的锚点：它没有丢失。",
           "请在 hsm.uri 中写明 `object={object}`，然后启动服务器，或运行 `actledger recover` 继续；如果日志已丢失，"
           "请运行 `actledger recover --root … --license …`，无需重新认可。如需换用同一令牌上的另一把密钥："
           "`actledger hsm rotate`。未作任何改动。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"node", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace node
