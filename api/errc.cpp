#include "api/errc.hpp"

#include <array>

#include "ledger/core/message.hpp"

namespace api {
namespace {

using ledger::Message;

constexpr Message entry(errc value, std::string_view code, ledger::MessageText english, ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::malformed_request, "http-request-malformed",
          {"The request is not well-formed HTTP/1.1.", "Use an HTTP client library, and send each header once."},
          {"请求不是格式正确的 HTTP/1.1 请求。", "请使用标准 HTTP 客户端，且每个请求头只发送一次。"}),
    entry(errc::unknown_resource, "resource-unknown",
          {"There is nothing at this address.", "Check the path; GET /openapi.json lists what there is."},
          {"该地址没有内容。", "请检查路径；GET /openapi.json 列出了所有接口。"}),
    entry(errc::method_not_allowed, "method-not-allowed",
          {"{method} is not possible here; {allow} is.", "Use one of the methods in the Allow header."},
          {"此处不能使用 {method}，可以使用 {allow}。", "请使用 Allow 响应头中的方法。"}),
    entry(errc::not_acceptable, "not-acceptable",
          {"The answer is {content_type}, which the request does not accept.",
           "Send an Accept header that allows it, or none."},
          {"响应类型为 {content_type}，而请求不接受该类型。", "请在 Accept 请求头中允许该类型，或不发送该请求头。"}),
    entry(errc::request_timeout, "request-timeout",
          {"The request took too long to arrive.", "Send it again; check the network if this goes on."},
          {"请求未能及时完整到达。", "请重新发送；若反复出现，请检查网络。"}),
    entry(errc::body_too_large, "body-too-large",
          {"The request's body is larger than the {limit_bytes} bytes that are allowed here.",
           "Check that it is the right file or text."},
          {"请求体超过此处允许的 {limit_bytes} 字节。", "请检查发送的文件或内容是否正确。"}),
    entry(errc::unsupported_media_type, "media-type-unsupported",
          {"The request's body must be {expected}.", "Set the Content-Type header to {expected}."},
          {"请求体类型必须为 {expected}。", "请将 Content-Type 请求头设为 {expected}。"}),
    entry(errc::header_too_large, "header-too-large",
          {"The request's header is larger than the {limit_bytes} bytes that are allowed.",
           "Send fewer or shorter header fields."},
          {"请求头超过允许的 {limit_bytes} 字节。", "请减少或缩短请求头字段。"}),
    entry(errc::rate_limited, "rate-limited",
          {"Too many requests came from this address.", "Wait for the time in the Retry-After header."},
          {"来自该地址的请求过多。", "请等待 Retry-After 响应头给出的时间后再试。"}),
    entry(errc::internal_error, "internal-error",
          {"The server failed at this request; its log says why.", "Give the request id to the administrator."},
          {"服务器处理该请求时出错，原因已写入日志。", "请将请求编号（request_id）告知管理员。"}),

    entry(errc::malformed_json, "json-malformed",
          {"The body is not one JSON object: {problem}.", "Send UTF-8 JSON without repeated members."},
          {"请求体不是一个 JSON 对象：{problem}。", "请发送 UTF-8 编码且成员不重复的 JSON。"}),
    entry(errc::unknown_member, "member-unknown",
          {"\"{member}\" is not known here.", "Leave it out, or correct its spelling."},
          {"此处没有名为“{member}”的成员。", "请去掉它，或改正拼写。"}),
    entry(errc::missing_member, "member-missing", {"\"{member}\" is missing.", "Add it."},
          {"缺少“{member}”。", "请补上。"}),
    entry(errc::wrong_type, "member-type-wrong", {"\"{member}\" must be {expected}.", "Correct its type."},
          {"“{member}”必须是 {expected}。", "请改正其类型。"}),
    entry(errc::invalid_value, "value-invalid", {"The value of \"{member}\" is not {expected}.", "Correct the value."},
          {"“{member}”的值不是 {expected}。", "请改正该值。"}),

    entry(errc::credentials_missing, "credentials-missing",
          {"This needs credentials, and there are none.", "Send what the WWW-Authenticate header asks for."},
          {"此操作需要凭据，但请求中没有。", "请按 WWW-Authenticate 响应头的要求发送凭据。"}),
    entry(errc::credentials_malformed, "credentials-malformed",
          {"The Authorization header cannot be read: {problem}.", "Send it in the form that the manual shows."},
          {"无法解析 Authorization 请求头：{problem}。", "请按手册所示的格式发送。"}),
    entry(errc::challenge_unusable, "challenge-unusable",
          {"The challenge is not from this server, too old, or was used already.",
           "Sign the new challenge in the WWW-Authenticate header."},
          {"该质询不是本服务器发出的，或已过期、已使用。", "请对 WWW-Authenticate 响应头中的新质询签名。"}),
    entry(errc::device_signature_bad, "device-signature-bad",
          {"The signature is not by this activation's device key.",
           "Use the key that the device activated with; a device that lost it is released by an administrator."},
          {"签名不是由该激活的设备密钥生成的。", "请使用激活时的设备密钥；丢失密钥的设备由管理员释放。"}),
    entry(errc::local_only, "local-only",
          {"Administrators' requests are answered on the server's local socket only.",
           "Use the `actledger` command on the server itself."},
          {"管理请求只能通过服务器本机的套接字发出。", "请在服务器上使用 `actledger` 命令。"}),
    entry(errc::authority_insufficient, "authority-insufficient",
          {"This needs the authority {authority}, which the request does not bear.",
           "Use the `actledger` command, which asks for the HSM's PIN and a typed confirmation."},
          {"此操作需要权限 {authority}，而请求不具备该权限。",
           "请使用 `actledger` 命令，它会要求输入加密卡的 PIN 并键入确认。"}),

    entry(errc::not_initialised, "not-initialised",
          {"This server has no ledger yet.",
           "A new server: `actledger hsm init --root ROOT.crt`. After a reinstallation or a loss never that: "
           "`actledger restore` from a mirror or an export, or, if there is none, `actledger recover`."},
          {"本服务器尚未建立账本。",
           "全新的服务器：`actledger hsm init --root ROOT.crt`。重装或丢失之后切勿初始化：请由镜像或导出恢复"
           "（`actledger restore`）；如果都没有，请运行 `actledger recover`。"}),
    entry(errc::starting, "starting", {"The server is starting.", "Try again in a few seconds."},
          {"服务器正在启动。", "请几秒后重试。"}),
    entry(errc::degraded, "degraded",
          {"The server answers what it knows, and decides nothing new: {reason}. Service resumes by itself when the "
           "cause is gone.",
           "Try again later. The administrator finds the cause, and what to do about it, in `actledger status`."},
          {"服务器只能提供已有内容，不能作出新的决定：{reason}。原因消除后服务自动恢复。",
           "请稍后重试。管理员可运行 `actledger status` 查看原因及处理办法。"}),
    entry(errc::needs_operator, "needs-operator",
          {"The server decides nothing new until its administrator has acted: {reason}. Nothing resumes by itself.",
           "The administrator finds what to do in `actledger status`. Tell them, if it is not you."},
          {"在管理员处理之前，服务器不作出新的决定：{reason}。服务不会自动恢复。",
           "管理员可运行 `actledger status` 查看处理办法；如果您不是管理员，请告知管理员。"}),
    entry(errc::log_file_unknown, "log-file-unknown",
          {"The log has no file {path}, or not yet.",
           "Read /log/checkpoint first and ask for what its size covers; the layout is in the manual."},
          {"日志中没有文件 {path}，或该文件尚未产生。",
           "请先读取 /log/checkpoint，只请求其规模所涵盖的文件；目录布局见手册。"}),
    entry(errc::no_tls_proof, "tls-proof-missing",
          {"The ledger has no event for the certificate in use.",
           "Use plain HTTP to a CA-trusted name, or wait until the server has recorded its certificate."},
          {"账本中没有当前所用证书的记录。", "请稍候，待服务器记录其证书后再试；或使用受 CA 信任的证书。"}),

    entry(errc::time_in_doubt, "time-in-doubt",
          {"Ledger time is in doubt, because this machine's clock jumped. Until it is confirmed nothing expires, and "
           "nothing is refused for a date.",
           "Look at `date -u`, set the clock right, then run `actledger time confirm`."},
          {"本机时钟发生跳变，账本时间存疑。确认之前，任何席位都不会到期，也不会因日期而拒绝请求。",
           "请用 `date -u` 检查并校正时钟，然后运行 `actledger time confirm`。"}),
    entry(
        errc::disk_nearly_full, "disk-nearly-full",
        {"The disk of the ledger is more than four fifths full: the ledger has {used_mib} MiB, and {free_mib} MiB are "
         "left for it.",
         "Free space on that disk, or make it larger. When it is full, the server only reads."},
        {"账本所在磁盘的使用量已超过五分之四：账本占用 {used_mib} MiB，剩余可用 {free_mib} MiB。",
         "请释放或扩充该磁盘的空间；空间用尽后服务器只能读取。"}),

    entry(errc::checkpoint_unknown, "checkpoint-unknown",
          {"The checkpoint of size {size} is validly signed and is not part of this ledger, whose size is "
           "{server_size}: the ledger was rolled back, or there are two.",
           "Keep the checkpoint and the activation file; the administrator follows the manual's chapter on rollback "
           "and forks."},
          {"大小为 {size} 的检查点签名有效，却不属于本账本（大小 {server_size}）：账本被回退，或存在两份历史。",
           "请保留检查点和激活文件；由管理员按手册“回退与分叉”一章处理。"}),

    entry(errc::listen_failed, "listen-failed",
          {"The server cannot listen on {address}: {problem}.",
           "Free the address, or set another one in the configuration."},
          {"服务器无法在 {address} 上监听：{problem}。", "请释放该地址，或在配置中另行指定。"}),
    entry(errc::tls_certificate_unusable, "tls-certificate-unusable",
          {"The TLS certificate or key in {path} cannot be used: {problem}.",
           "Correct http.tls_certificate and http.tls_key, or leave both out to have the server make its own."},
          {"{path} 中的 TLS 证书或密钥无法使用：{problem}。",
           "请改正 http.tls_certificate 和 http.tls_key，或都不设置，由服务器自行生成。"}),
    entry(errc::folder_not_writable, "folder-not-writable",
          {"The server runs as account {account} and cannot write in {folder}: {reason}.",
           "Give the ledger's folder and all in it to the service's account (`chown -R`): something was made there as "
           "another one, root for instance."},
          {"服务器以账户 {account} 运行，无法在 {folder} 中写入：{reason}。",
           "请将账本目录及其中全部内容的属主改为服务账户（`chown -R`）：其中有以其他账户（例如 root）建立的内容。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"api", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace api
