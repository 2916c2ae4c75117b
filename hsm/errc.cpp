#include "hsm/errc.hpp"

#include <array>

#include "ledger/core/message.hpp"

namespace hsm {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::uri_malformed, "hsm-uri-malformed",
          {"The token's PKCS#11 URI is not well formed.",
           "Write it as in RFC 7512, for example pkcs11:token=activation-ledger;object=actledger-1"},
          {"加密卡的 PKCS#11 URI 格式不正确。",
           "请按 RFC 7512 书写，例如 pkcs11:token=activation-ledger;object=actledger-1"}),
    entry(errc::uri_unsupported, "hsm-uri-unsupported",
          {"The token's PKCS#11 URI has the attribute {attribute}, which this program does not act on.",
           "Remove it, or use token, manufacturer, model, serial, slot-id, object, module-path or pin-source."},
          {"加密卡的 PKCS#11 URI 含有本程序不支持的属性 {attribute}。",
           "请删除该属性，或使用 token、manufacturer、model、serial、slot-id、object、module-path、pin-source。"}),
    entry(errc::pin_in_uri, "hsm-pin-in-uri",
          {"The PKCS#11 URI holds a PIN (pin-value).",
           "Take it out, write the PIN to a file that only the service account can read, and name that as pin-source. "
           "Change the PIN if the URI was seen by others."},
          {"PKCS#11 URI 中写有 PIN（pin-value）。",
           "请将其删除，把 PIN 写入只有服务账户可读的文件，并用 pin-source 指明该文件。若 URI 已被他人看到，请更换 "
           "PIN。"}),
    entry(errc::pin_missing, "hsm-pin-missing",
          {"No PIN was given for the token.",
           "Name a PIN file in the configuration (hsm.pin_file) or in the URI (pin-source), or give the service the "
           "credential hsm-pin."},
          {"没有提供加密卡的 PIN。",
           "请在配置（hsm.pin_file）或 URI（pin-source）中指明 PIN 文件，或为服务提供凭据 hsm-pin。"}),
    entry(
        errc::pin_unreadable, "hsm-pin-unreadable",
        {"The token's PIN cannot be read from {path}.",
         "Check that the file is there, that the service account can read it, and that it holds the PIN on one line."},
        {"无法从 {path} 读取加密卡的 PIN。", "请确认该文件存在、服务账户可读，且其中只有一行 PIN。"}),
    entry(
        errc::pin_file_exposed, "hsm-pin-file-exposed",
        {"Everybody on this machine can read or change the PIN file {path}.",
         "Run `chmod 600` on it, and change the PIN if others may have seen it."},
        {"本机所有用户都可以读取或修改 PIN 文件 {path}。", "请对其执行 `chmod 600`；若可能已被他人看到，请更换 PIN。"}),
    entry(errc::not_a_terminal, "hsm-not-a-terminal",
          {"The PIN has to be typed, and this program does not run on a terminal.",
           "Run it on a terminal, or name a PIN file."},
          {"需要输入 PIN，但本程序不在终端中运行。", "请在终端中运行，或指明 PIN 文件。"}),

    entry(errc::worker_not_started, "hsm-worker-not-started",
          {"The process that holds the HSM's driver, {program}, cannot be started.",
           "Check that the program is installed completely."},
          {"无法启动承载加密卡驱动的进程 {program}。", "请检查程序是否安装完整。"}),
    entry(errc::worker_died, "hsm-worker-died",
          {"The process that holds the HSM's driver ended in mid-request.",
           "It is started again by itself. If this goes on, the driver crashes: ask the card's vendor."},
          {"承载加密卡驱动的进程在处理请求时意外结束。",
           "系统会自动重新启动。若反复出现，说明驱动崩溃，请联系加密卡厂商。"}),
    entry(errc::worker_protocol, "hsm-worker-protocol",
          {"The process that holds the HSM's driver gave an answer that is not understood.",
           "Check that all parts of the product have one version."},
          {"承载加密卡驱动的进程返回了无法理解的应答。", "请检查产品各部分的版本是否一致。"}),
    entry(errc::module_not_loaded, "hsm-module-not-loaded",
          {"The HSM's driver {module} cannot be loaded.",
           "Check the path of the PKCS#11 module, and that the card's driver package is installed."},
          {"无法加载加密卡驱动 {module}。", "请检查 PKCS#11 模块的路径，以及加密卡驱动软件包是否已安装。"}),
    entry(errc::not_responding, "hsm-not-responding",
          {"The HSM did not answer within {deadline_ms} ms.",
           "Nothing is lost; service resumes by itself when it answers. Check the card, its cable or its network."},
          {"加密卡在 {deadline_ms} 毫秒内没有响应。",
           "数据不会丢失，恢复响应后服务自动继续。请检查加密卡及其连接或网络。"}),
    entry(errc::busy, "hsm-busy", {"The HSM is busy with another request.", "Try again in a few seconds."},
          {"加密卡正在处理其他请求。", "请几秒后重试。"}),

    entry(
        errc::token_not_found, "hsm-token-not-found",
        {"No token matches {uri}.",
         "Check that the card is in and that the URI names it. For a new server: `actledger hsm init`. If a ledger's "
         "card "
         "is lost: `actledger hsm replace`."},
        {"没有与 {uri} 匹配的加密卡。",
         "请检查加密卡是否插好、URI 是否正确。全新的服务器请运行 `actledger hsm init`；如果账本的加密卡已丢失，请运行 "
         "`actledger hsm replace`。"}),
    entry(errc::token_ambiguous, "hsm-token-ambiguous",
          {"{count} tokens match {uri}.", "Add the serial number to the URI: serial=…"},
          {"有 {count} 个加密卡与 {uri} 匹配。", "请在 URI 中加上序列号：serial=…"}),
    entry(errc::token_gone, "hsm-token-gone",
          {"The HSM is not there any more.",
           "Nothing is lost; service resumes by itself when it is back. Put the card in again, or start its server."},
          {"加密卡已不在。", "数据不会丢失，恢复后服务自动继续。请重新插入加密卡或启动其服务。"}),
    entry(errc::token_failed, "hsm-token-failed",
          {"The HSM's driver failed: {function} returned {return_value}.",
           "It is tried again by itself. If this goes on, look the value up in the card's manual."},
          {"加密卡驱动出错：{function} 返回 {return_value}。",
           "系统会自动重试。若反复出现，请在加密卡手册中查找该返回值。"}),
    entry(errc::no_free_slot, "hsm-no-free-slot",
          {"There is no uninitialised token to set up.",
           "Name an existing token in the URI (token=…), or put in an empty card. Initialised tokens are never wiped."},
          {"没有可供初始化的空白加密卡。",
           "请在 URI 中指明已有的加密卡（token=…），或插入空白卡。已初始化的卡绝不会被清除。"}),
    entry(errc::pin_wrong, "hsm-pin-wrong",
          {"The HSM refused the PIN. It is not tried again.",
           "Correct the PIN, then run `actledger hsm retry`. Cards lock after a few wrong PINs."},
          {"加密卡拒绝了 PIN，系统不会再次尝试。", "请更正 PIN，然后运行 `actledger hsm retry`。多次输错后卡会锁定。"}),
    entry(errc::pin_known_wrong, "hsm-pin-known-wrong",
          {"The HSM refused this same PIN before, so it was not tried again.",
           "Correct the PIN, then run `actledger hsm retry`, which tries it even if it is the same."},
          {"该 PIN 曾被加密卡拒绝，因此没有再次尝试。",
           "请更正 PIN，然后运行 `actledger hsm retry`；即使 PIN 未变，该命令也会再试一次。"}),
    entry(errc::pin_locked, "hsm-pin-locked",
          {"The HSM has locked the PIN.",
           "Unlock it with the security officer's PIN and the card's own tool. The key and the ledger are not lost."},
          {"加密卡已锁定 PIN。", "请使用安全员 PIN 和加密卡自带工具解锁。密钥和账本没有丢失。"}),

    entry(errc::pin_not_set, "hsm-pin-not-set",
          {"The token has no PIN yet: setting it up was interrupted.", "Run `actledger hsm init` again."},
          {"加密卡尚未设置 PIN：初始化曾被中断。", "请再次运行 `actledger hsm init`。"}),
    entry(errc::state_folder_failed, "hsm-state-folder-failed",
          {"The file {path}, which remembers refused PINs, cannot be used, so no PIN was tried.",
           "Check that the service account can read and write it. If it is damaged, remove it once the PIN is right."},
          {"记录被拒 PIN 的文件 {path} 无法使用，因此没有尝试任何 PIN。",
           "请检查服务账户是否可读写该文件。若已损坏，请在确认 PIN 正确后将其删除。"}),

    entry(errc::key_not_found, "hsm-key-not-found",
          {"The token {token} has no key {key}.",
           "Check that it is the right token. For a new server: `actledger hsm init`. If a ledger's card is lost: "
           "`actledger hsm replace`."},
          {"加密卡 {token} 中没有密钥 {key}。",
           "请确认加密卡是否正确。全新的服务器请运行 `actledger hsm init`；如果账本的加密卡已丢失，请运行 "
           "`actledger hsm replace`。"}),
    entry(
        errc::key_ambiguous, "hsm-key-ambiguous",
        {"The token {token} has more than one key {key}.",
         "Name the right one in the URI (object=…); do not delete either before an export is made."},
        {"加密卡 {token} 中有多个密钥 {key}。", "请在 URI 中指明正确的密钥（object=…）；在导出之前不要删除任何一个。"}),
    entry(errc::key_unusable, "hsm-key-unusable",
          {"The key {key} of the token is not a P-256 key that this program can use.",
           "Name another key in the URI (object=…), or use another token."},
          {"加密卡中的密钥 {key} 不是本程序可用的 P-256 密钥。",
           "请在 URI 中指明其他密钥（object=…），或使用其他加密卡。"}),
    entry(errc::wrong_key, "hsm-wrong-key",
          {"The token's key {key} is not the key of this ledger.",
           "Put in the card that belongs to this ledger. If it is lost: `actledger hsm replace`."},
          {"加密卡中的密钥 {key} 不是本账本的密钥。",
           "请插入属于本账本的加密卡。如果卡已丢失：`actledger hsm replace`。"}),
    entry(
        errc::bad_signature, "hsm-signature-bad",
        {"The HSM made a signature that is wrong. It was not used.",
         "It is tried again by itself. If this goes on, the card or its driver is defective: replace it."},
        {"加密卡给出了错误的签名，该签名未被使用。", "系统会自动重试。若反复出现，说明加密卡或其驱动有缺陷，请更换。"}),
    entry(errc::not_ready, "hsm-not-ready", {"The HSM is not ready yet.", "Try again in a few seconds."},
          {"加密卡尚未就绪。", "请几秒后重试。"}),

    entry(errc::anchor_too_large, "hsm-anchor-too-large",
          {"An anchor has {bytes} bytes; at most {most} are kept.",
           "Check that the token or the anchor folder is used by this ledger alone."},
          {"锚点有 {bytes} 字节，上限为 {most} 字节。", "请确认加密卡或锚目录仅由本账本使用。"}),
    entry(errc::anchor_full, "hsm-anchor-full",
          {"The anchor holds {most} licences already.",
           "Ask the vendor for one licence that supersedes several; nothing was imported."},
          {"锚点已有 {most} 个授权，达到上限。", "请向厂商申请一个可取代多个旧授权的新授权；本次未导入任何内容。"}),
    entry(
        errc::anchor_lost, "hsm-anchor-lost",
        {"The token {token} has the key {key}, but its anchor is lost.",
         "Restore the anchor folder if there is one; else the key is of no more use: set up another token, or "
         "another key on this one (object= in hsm.uri), and ask the vendor for a re-endorsement with `actledger hsm "
         "replace`, or with `actledger recover --request` if the log is lost, too. Do not initialise again."},
        {"加密卡 {token} 中有密钥 {key}，但其锚点已丢失。",
         "若有锚目录，请恢复；否则这把密钥不能再用：请准备另一个令牌，或在此令牌中另建密钥（hsm.uri 的 "
         "object=），并向厂商申请"
         "重新认可：用 `actledger hsm replace`；如果日志也已丢失，用 `actledger recover --request`。不要重新初始化。"}),
    entry(errc::anchor_version_unknown, "hsm-anchor-version-unknown",
          {"The anchor is of version {version}, which this program does not know: a newer version of the software "
           "wrote it.",
           "Install the version that served last, or a newer one. Nothing is lost, and nothing was changed."},
          {"锚点的格式版本为 {version}，本程序不认识：它由更新版本的软件写入。",
           "请安装上次提供服务的版本或更新的版本。没有丢失任何内容，也未作任何改动。"}),
    entry(errc::anchor_folder_failed, "hsm-anchor-folder-failed",
          {"The anchor folder {folder} cannot be used.",
           "Check that its disk is mounted, has room, and that the service account can write to the folder."},
          {"锚目录 {folder} 无法使用。", "请检查磁盘是否已挂载、是否有空间，以及服务账户是否可写该目录。"}),
    entry(errc::anchor_folder_shared, "hsm-anchor-folder-shared",
          {"The anchor folder {folder} also has an anchor of server {server_id}.",
           "Give each server an anchor folder of its own (hsm.anchor_folder). If that server is in service nowhere any "
           "more, keep its file anchor-….note elsewhere: after a loss it is a witness of what was given."},
          {"锚目录 {folder} 中还有服务器 {server_id} 的锚点。",
           "请为每台服务器设置各自的锚目录（hsm.anchor_folder）。如果那台服务器已不再使用，请将其 anchor-….note "
           "文件移到别处保存：发生丢失后，它可以证明曾经发放过什么。"}),
    entry(errc::driver_witness_malformed, "hsm-driver-witness-malformed",
          {"The file is not what `actledger hsm check --before` writes, or it was changed.",
           "Put the driver that was in use before back, and run `actledger hsm check --before FILE` again."},
          {"该文件不是 `actledger hsm check --before` 生成的，或被改动过。",
           "请换回原来的驱动，重新运行 `actledger hsm check --before FILE`。"}),
    entry(errc::driver_key_differs, "hsm-driver-key-differs",
          {"The key that signs through this driver is {found}, and before it was {expected} (SHA-256).",
           "Do not start the server with this driver: it reaches another token or another key. Look at hsm.uri and "
           "the driver's own settings."},
          {"通过该驱动签名的密钥是 {found}，而之前是 {expected}（SHA-256）。",
           "不要用该驱动启动服务器：它访问的是另一个令牌或另一把密钥。请检查 hsm.uri 和驱动自身的设置。"}),
    entry(errc::driver_anchor_differs, "hsm-driver-anchor-differs",
          {"The anchor that this driver shows is {found}, and before it was {expected} (origin, number, tree size).",
           "Do not start the server with this driver: it shows an older token or another one."},
          {"通过该驱动看到的锚点是 {found}，而之前是 {expected}（来源标识、编号、树大小）。",
           "不要用该驱动启动服务器：它显示的是较旧的令牌或另一个令牌。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"hsm", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace hsm
