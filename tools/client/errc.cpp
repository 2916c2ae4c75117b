#include "tools/client/errc.hpp"

#include <array>

namespace client {
namespace {

using ledger::Message;
using ledger::MessageText;

constexpr Message entry(errc value, std::string_view code, MessageText english, MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::settings_malformed, "client-settings-malformed",
          {"{file}, line {line}, key \"{key}\": {problem}.",
           "Correct this line; the manual's chapter on the client lists every key."},
          {"{file} 第 {line} 行，键“{key}”：{problem}。", "请改正该行；手册“客户端”一章列出了所有键。"}),
    entry(errc::address_malformed, "client-address-malformed",
          {"\"{address}\" is not a server address.", "Write it as https://host or https://host:port."},
          {"“{address}”不是服务器地址。", "请写成 https://主机 或 https://主机:端口。"}),
    entry(errc::no_servers, "client-no-servers",
          {"No activation server is named.", "Give --server https://host:port, or `servers` in the settings file."},
          {"没有指定激活服务器。", "请使用 --server https://主机:端口，或在配置文件中写 `servers`。"}),
    entry(errc::no_product, "client-no-product",
          {"No product is named.", "Give --product NAME, or `product` in the settings file; the licence names it."},
          {"没有指定产品。", "请使用 --product 名称，或在配置文件中写 `product`；产品名见授权。"}),
    entry(
        errc::no_vendor_root, "client-no-vendor-root",
        {"The vendor's root certificate is not named, and nothing can be verified without it.",
         "Give --root FILE, or `vendor_root` in the settings file. It comes with the product, never from the server."},
        {"没有指定厂商根证书，无法进行任何验证。",
         "请使用 --root 文件，或在配置文件中写 `vendor_root`。根证书随产品提供，绝不从服务器获取。"}),
    entry(errc::plain_http_refused, "client-plain-http-refused",
          {"{address} is plain HTTP: the enrolment key and the answers could be read and changed on the way.",
           "Use https://, or set allow_plain_http = true if this network is a closed lab."},
          {"{address} 是明文 HTTP：登记密钥和应答在途中可能被读取或篡改。",
           "请使用 https://；若为封闭实验网络，可设置 allow_plain_http = true。"}),
    entry(errc::components_malformed, "client-components-malformed",
          {"{file}, line {line}, is not a component.",
           "Write one a line, as kind = \"value\", for example machine_id = \"0123abcd\"; at most 16."},
          {"{file} 第 {line} 行不是硬件特征。",
           "每行一个，写成 种类 = \"值\"，例如 machine_id = \"0123abcd\"；最多 16 个。"}),
    entry(errc::no_components, "client-no-components",
          {"Nothing that identifies this machine could be read below {root}.",
           "Run the client as root, which may read the firmware's identifiers; `actledger-client components` shows "
           "what is found."},
          {"在 {root} 下没有读到任何能识别本机的信息。",
           "请以 root 身份运行客户端，以便读取固件标识；`actledger-client components` 会显示读到的内容。"}),
    entry(errc::enrolment_key_malformed, "client-enrolment-key-malformed",
          {"{file} does not hold an enrolment key.",
           "Put the key that the administrator was shown into it: one line, nothing else."},
          {"{file} 中没有登记密钥。", "请写入管理员所见的密钥：只占一行，不要有其他内容。"}),

    entry(errc::state_unusable, "client-state-unusable",
          {"The state folder {folder} cannot be used: {reason}.",
           "Name another with --state, or run as the account that owns it."},
          {"状态目录 {folder} 无法使用：{reason}。", "请用 --state 指定其他目录，或以目录所有者身份运行。"}),
    entry(errc::state_busy, "client-state-busy",
          {"Another client process is using {folder}.", "Wait until it has finished; it works for a minute at most."},
          {"另一个客户端进程正在使用 {folder}。", "请等待其完成，最多一分钟。"}),
    entry(errc::key_damaged, "client-key-damaged",
          {"The device key {file} is damaged.",
           "Remove it: the next activation gets the same seat back and makes a new key."},
          {"设备密钥 {file} 已损坏。", "请删除该文件：下次激活会取回同一席位并生成新密钥。"}),
    entry(
        errc::not_activated, "client-not-activated",
        {"This machine is not activated: there is no activation file in {folder}.", "Run `actledger-client activate`."},
        {"本机尚未激活：{folder} 中没有激活文件。", "请运行 `actledger-client activate`。"}),

    entry(errc::product_other, "client-product-other",
          {"The activation is for product {product}, and {wanted} is wanted.",
           "Correct the product in the settings, or activate for this product."},
          {"该激活属于产品 {product}，而需要的是 {wanted}。", "请更正配置中的产品名，或为该产品激活。"}),
    entry(errc::device_other, "client-device-other",
          {"The activation file was made for another machine: {agreeing} of its {components} components agree.",
           "Run `actledger-client activate` here: each machine takes a seat of its own."},
          {"该激活文件属于另一台设备：{components} 个硬件特征中有 {agreeing} 个相符。",
           "请在本机运行 `actledger-client activate`：每台设备占用自己的席位。"}),
    entry(errc::server_other, "client-server-other",
          {"The answer is of server {server_id}, and this machine belongs to {pinned}.",
           "If the machine was moved to another server on purpose, give --server-id {server_id}."},
          {"应答来自服务器 {server_id}，而本机属于 {pinned}。",
           "若确实要迁移到另一服务器，请指定 --server-id {server_id}。"}),
    entry(errc::lease_over, "client-lease-over",
          {"The lease ended on {lease_ends}, and its grace on {grace_ends}.",
           "Run `actledger-client renew`, or `activate` if the seat was given away."},
          {"租期已于 {lease_ends} 结束，宽限期已于 {grace_ends} 结束。",
           "请运行 `actledger-client renew`；若席位已收回，请运行 `activate`。"}),
    entry(errc::answer_mismatch, "client-answer-mismatch",
          {"The server's answer and the file in it contradict each other ({field}); nothing was stored.",
           "Report it to the server's administrator."},
          {"服务器应答与其中的文件相互矛盾（{field}）；未保存任何内容。", "请报告服务器管理员。"}),

    entry(errc::server_unreachable, "client-server-unreachable",
          {"{server} cannot be reached: {reason}.", "Check the address, the network and that the server runs."},
          {"无法连接 {server}：{reason}。", "请检查地址、网络以及服务器是否在运行。"}),
    entry(errc::server_silent, "client-server-silent",
          {"{server} did not answer within {seconds} seconds ({phase}).",
           "Try again later; the client in service mode does so by itself."},
          {"{server} 在 {seconds} 秒内没有响应（{phase}）。", "请稍后重试；服务模式下客户端会自动重试。"}),
    entry(
        errc::tls_failed, "client-tls-failed",
        {"No secure connection to {server}: {reason}.", "Check that the address and port are the server's HTTPS ones."},
        {"无法与 {server} 建立安全连接：{reason}。", "请检查地址和端口是否为服务器的 HTTPS 地址。"}),
    entry(errc::tls_untrusted, "client-tls-untrusted",
          {"The certificate of {server} is not trusted: {reason}.",
           "Name the CA with --ca-file, or, if the server made its certificate itself, use --trust ledger."},
          {"{server} 的证书不受信任：{reason}。",
           "请用 --ca-file 指定 CA；若服务器使用自制证书，请使用 --trust ledger。"}),
    entry(errc::tls_proof_missing, "client-tls-proof-missing",
          {"{server} has no proof that its certificate is in the ledger.",
           "Check that it is the activation server; nothing secret was sent."},
          {"{server} 没有提供其证书已记入账本的证明。", "请确认这是激活服务器；未发送任何机密。"}),
    entry(errc::tls_proof_other, "client-tls-proof-other",
          {"The proof that {server} shows is for another certificate: somebody may stand in between.",
           "Nothing secret was sent. Report it to the server's administrator."},
          {"{server} 出示的证明属于另一张证书：可能有人从中拦截。", "未发送任何机密。请报告服务器管理员。"}),
    entry(errc::tls_proof_outdated, "client-tls-proof-outdated",
          {"The certificate of {server} has been replaced since: the proof it shows is older than one seen before.",
           "Nothing secret was sent. Report it to the server's administrator."},
          {"{server} 的证书后来已更换：其证明比先前见过的更旧。", "未发送任何机密。请报告服务器管理员。"}),
    entry(errc::redirect_refused, "client-redirect-refused",
          {"{server} answered with a redirect ({status}), which is never followed.", "Name the server's own address."},
          {"{server} 返回了重定向（{status}），客户端从不跟随。", "请直接指定服务器自己的地址。"}),
    entry(errc::answer_malformed, "client-answer-malformed",
          {"The answer of {server} is not one of an activation server: {problem}.",
           "Check that the address is the activation server's."},
          {"{server} 的应答不是激活服务器的应答：{problem}。", "请检查地址是否为激活服务器。"}),
    entry(
        errc::answer_too_large, "client-answer-too-large",
        {"The answer of {server} is larger than {limit} bytes.", "Check that the address is the activation server's."},
        {"{server} 的应答超过 {limit} 字节。", "请检查地址是否为激活服务器。"}),
    entry(errc::server_refused, "client-server-refused", {"{server} refused: {sentence} [{code}]", "{remedy}"},
          {"{server} 拒绝：{sentence} [{code}]", "{remedy}"}),
    entry(errc::server_busy, "client-server-busy", {"{server} cannot do it now: {sentence} [{code}]", "{remedy}"},
          {"{server} 暂时无法处理：{sentence} [{code}]", "{remedy}"}),
    entry(errc::challenge_missing, "client-challenge-missing",
          {"{server} asked for a proof of the device key without a usable challenge.",
           "Check that client and server are of fitting versions."},
          {"{server} 要求证明设备密钥，但没有给出可用的质询。", "请检查客户端与服务器版本是否匹配。"}),
    entry(errc::device_key_lost, "client-device-key-lost",
          {"The seat was taken with a device key that this machine no longer has.",
           "Ask an administrator to release the seat, or let its lease run out."},
          {"该席位是用本机已丢失的设备密钥取得的。", "请管理员释放该席位，或等待租期结束。"}),
    entry(
        errc::history_contradiction, "client-history-contradiction",
        {"The server shows a history that contradicts what it signed before: it was set back, or there are two of it.",
         "Send the evidence in {evidence} to the server's administrator and keep a copy."},
        {"服务器出示的历史与其先前签名的内容矛盾：服务器被回退，或存在两份历史。",
         "请把 {evidence} 中的证据交给服务器管理员，并保留副本。"}),
    entry(errc::interrupted, "client-interrupted",
          {"The client was told to stop.", "Start it again when you want to go on."},
          {"客户端收到停止指令。", "需要继续时请重新启动。"}),
    entry(errc::clock_differs, "client-clock-differs",
          {"By this machine's clock ({now}) the lease asks for more than the server gives: the two clocks differ.",
           "Look at `date -u` and set the clock right. The seat stays as it is; the client asks again by itself."},
          {"按本机时钟（{now}），租期已需处理，而服务器认为尚未到时间：两边的时钟不一致。",
           "请用 `date -u` 检查并校正本机时钟。席位保持不变，客户端会自动再次询问。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"client", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace client
