#include "ledger/license_file/errc.hpp"

#include <array>

#include "ledger/core/message.hpp"

namespace ledger::license_file {
namespace {

constexpr Message entry(errc value, std::string_view code, MessageText english, MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

// People used to take entries out of the old product's .lic until it went in. Every answer about the archive says that
// this is never the way.
constexpr MessageText archive_en(std::string_view sentence) {
    return {
        sentence,
        "Import the .lic exactly as the vendor sent it. No editing of the archive is ever needed, and none helps: the "
        "same file can be imported any number of times."};
}
constexpr MessageText archive_zh(std::string_view sentence) {
    return {sentence,
            "请原样导入厂商发来的 .lic 文件。任何时候都不需要改动压缩包，改动也不起作用；同一份文件可以反复导入。"};
}
constexpr MessageText ask_vendor_en(std::string_view sentence) {
    return {sentence, "Ask the vendor for the file again, and import it exactly as it was sent."};
}
constexpr MessageText ask_vendor_zh(std::string_view sentence) {
    return {sentence, "请向厂商重新索取该文件，并原样导入。"};
}

constexpr std::string_view rotation_en =
    "Keep what it stands in as evidence, and use an intact copy: a mirror, an export, or a new request.";
constexpr std::string_view rotation_zh = "请保留所在的文件或账本作为证据，并使用完好的副本：镜像、导出或新的申请。";

constexpr std::array messages{
    entry(errc::not_zip, "license-not-zip", archive_en("The file is not a ZIP archive, and every .lic is one."),
          archive_zh("该文件不是 ZIP 压缩包，而 .lic 授权数量文件都是 ZIP 压缩包。")),
    entry(errc::archive_damaged, "license-archive-damaged",
          archive_en("The archive of the licence is damaged or was cut off on its way."),
          archive_zh("授权数量文件的压缩包已损坏，或在传输中被截断。")),
    entry(errc::entry_missing, "license-entry-missing",
          archive_en("The archive has no entry `{entry}`; a licence is the two entries `license.bin` and `info`."),
          archive_zh("压缩包中缺少 `{entry}`；授权数量文件由 `license.bin` 和 `info` 两个条目组成。")),
    entry(errc::entry_extra, "license-entry-extra",
          archive_en("The archive has an entry `{entry}` that does not belong to a licence."),
          archive_zh("压缩包中有不属于授权数量文件的条目 `{entry}`。")),
    entry(errc::entry_duplicated, "license-entry-duplicated", archive_en("The archive has the entry `{entry}` twice."),
          archive_zh("压缩包中的条目 `{entry}` 重复。")),
    entry(errc::entry_oversized, "license-entry-oversized",
          archive_en("The entry `{entry}` is larger than {limit} bytes, which no licence needs."),
          archive_zh("条目 `{entry}` 超过 {limit} 字节，正常的授权数量文件不会这么大。")),
    entry(errc::entry_encrypted, "license-entry-encrypted",
          archive_en("The entry `{entry}` is encrypted; licences are signed, never encrypted."),
          archive_zh("条目 `{entry}` 被加密；授权数量文件只签名，从不加密。")),
    entry(errc::entry_with_path, "license-entry-with-path",
          archive_en("The entry `{entry}` lies in a folder of the archive or is not a plain file."),
          archive_zh("条目 `{entry}` 位于压缩包的子目录中，或不是普通文件。")),
    entry(
        errc::info_differs, "license-info-differs",
        archive_en("The entry `info` is not the text that `license.bin` signs: one of them was changed or exchanged."),
        archive_zh("条目 `info` 与 `license.bin` 中签名的内容不一致：其中之一被改动或替换过。")),

    entry(errc::license_malformed, "license-bin-malformed",
          ask_vendor_en("`license.bin` is not a signed message as an issuer writes it."),
          ask_vendor_zh("`license.bin` 不是签发工具生成的签名数据。")),
    entry(errc::license_signature_bad, "license-signature-bad",
          ask_vendor_en(
              "The signature of `license.bin` does not match its content; it names the issuer {issuer} (certificate "
              "SHA-256 {issuer_fingerprint})."),
          ask_vendor_zh(
              "`license.bin` 的签名与内容不符；其签发者为 {issuer}（证书 SHA-256 指纹 {issuer_fingerprint}）。")),
    entry(errc::license_issuer_unknown, "license-issuer-unknown",
          {"The licence was signed by {issuer}, which is not under the vendor's root certificate that this ledger is "
           "pinned to "
           "(SHA-256 {root_fingerprint}).",
           "Ask the vendor whether the licence was issued under that root; compare the fingerprint on the telephone."},
          {"授权数量文件由 {issuer} 签发，不属于本账本所固定的厂商根证书（SHA-256 指纹 {root_fingerprint}）。",
           "请向厂商确认该授权是否在此根证书下签发，可通过电话核对指纹。"}),
    entry(errc::license_issuer_wrong_purpose, "license-issuer-wrong-purpose",
          {"The licence was signed with the certificate {issuer}, which may not issue licences.",
           "Ask the vendor for a licence that is signed with a licence issuer's certificate."},
          {"签发该授权所用的证书 {issuer} 没有签发授权数量文件的用途。", "请向厂商索取用授权签发证书签发的文件。"}),
    entry(errc::license_issuer_not_valid_then, "license-issuer-not-valid-then",
          {"The issuer's certificate {issuer} is valid from {not_before} to {not_after}, and the licence was issued at "
           "{at}.",
           "Ask the vendor to issue the licence with a certificate that is valid at its issue time."},
          {"签发证书 {issuer} 的有效期为 {not_before} 至 {not_after}，而授权的签发时间是 {at}。",
           "请厂商用签发时有效的证书重新签发授权。"}),
    entry(errc::terms_malformed, "license-terms-malformed",
          ask_vendor_en("The terms of the licence are not written as the format says: {field}."),
          ask_vendor_zh("授权条款的写法不符合格式：{field}。")),
    entry(errc::quantity_out_of_range, "license-quantity-out-of-range",
          {"The licence is for {quantity} seats; a licence has {minimum} to {maximum}.",
           "Ask the vendor to issue it again with a quantity in that range."},
          {"授权数量为 {quantity}，超出允许范围 {minimum} 至 {maximum}。", "请厂商按允许的数量范围重新签发。"}),
    entry(errc::server_certificate_wrong, "license-server-certificate-wrong",
          {"The server certificate in the licence {license_id} does not fit the licence: {reason}.",
           "Ask the vendor to issue the licence again from the request file."},
          {"授权 {license_id} 中的服务器证书与授权不符：{reason}。", "请厂商根据申请文件重新签发授权。"}),

    entry(errc::other_server, "license-other-server",
          {"The licence {license_id} was made for the server {license_server}; this is {this_server}.",
           "Import it on that server, or request a licence for this one: `actledger license request`."},
          {"授权 {license_id} 是为服务器 {license_server} 签发的，而本服务器是 {this_server}。",
           "请在对应的服务器上导入，或为本服务器申请授权：`actledger license request`。"}),
    entry(errc::other_server_key, "license-other-server-key",
          {"The licence {license_id} is for this server's id, and for an HSM key (SHA-256 {license_key}) that it never "
           "had; its "
           "key is {this_key}.",
           "Check with `actledger hsm check` that the right HSM is connected; otherwise send a new request file to the "
           "vendor."},
          {"授权 {license_id} 的服务器标识与本机一致，但其加密卡密钥（SHA-256 "
           "{license_key}）从未属于本服务器；本服务器的密钥是 "
           "{this_key}。",
           "请用 `actledger hsm check` 确认连接的加密卡正确；否则请向厂商提交新的申请文件。"}),
    entry(errc::not_yet_valid, "license-not-yet-valid",
          {"The licence {license_id} is valid from {valid_from}; the ledger's time is {now}.",
           "Import the same file again from that date on; it stays good."},
          {"授权 {license_id} 自 {valid_from} 起有效；账本当前时间为 {now}。",
           "到该日期后再导入同一份文件即可，文件一直有效。"}),
    entry(errc::expired, "license-expired",
          {"The licence {license_id} was valid until {valid_to}; the ledger's time is {now}.",
           "Ask the vendor for its successor. Reinstalling or initialising anything does not help and is not needed."},
          {"授权 {license_id} 的有效期至 {valid_to}；账本当前时间为 {now}。",
           "请向厂商申请续期授权。重装系统或重新初始化加密卡既无用也无必要。"}),
    entry(errc::superseded, "license-superseded",
          {"The licence {license_id} was replaced by the licence {superseded_by}, which this ledger holds.",
           "Nothing needs to be done: the newer licence counts."},
          {"授权 {license_id} 已被本账本中的授权 {superseded_by} 取代。", "无需操作，以新授权为准。"}),
    entry(errc::revoked, "license-revoked",
          {"The vendor revoked the licence {license_id} (revocation {revocation_id}).",
           "Ask the vendor for another licence."},
          {"授权 {license_id} 已被厂商吊销（吊销编号 {revocation_id}）。", "请向厂商另行申请授权。"}),
    entry(
        errc::certificate_revoked, "license-certificate-revoked",
        {"The licence {license_id} rests on a certificate (SHA-256 {certificate_fingerprint}) that the vendor revoked "
         "(revocation {revocation_id}).",
         "Ask the vendor to issue the licence again with a new certificate."},
        {"授权 {license_id} 所依赖的证书（SHA-256 {certificate_fingerprint}）已被厂商吊销（吊销编号 "
         "{revocation_id}）。",
         "请厂商用新证书重新签发授权。"}),
    entry(errc::license_id_conflict, "license-id-conflict",
          {"The ledger holds another licence with the id {license_id}.",
           "Ask the vendor which of the two is right; the one in the ledger stays in force."},
          {"账本中已有编号同为 {license_id} 但内容不同的授权。", "请向厂商确认以哪一份为准；账本中的授权继续有效。"}),
    entry(
        errc::not_vouched, "license-not-vouched",
        {"The licence {license_id} is not among those that the vendor's re-endorsement {reendorsement_id} calls live: "
         "it was superseded or revoked before.",
         "Import the licences that are live; `actledger-issuer show` of the re-endorsement names them. If this one "
         "should be among them, ask the vendor for another re-endorsement."},
        {"授权 {license_id} 不在厂商重新认可文件 {reendorsement_id} 所列的有效授权之中：它此前已被取代或吊销。",
         "请导入仍然有效的授权，用 `actledger-issuer show` "
         "查看重新认可文件即可列出。如果该授权本应有效，请向厂商索取新的重新认可文件。"}),
    entry(errc::vouched_otherwise, "license-vouched-otherwise",
          {"The licence {license_id} has other terms than the one of this id that the vendor's re-endorsement "
           "{reendorsement_id} calls live.",
           "Import the file that the vendor issued; ask them for a copy if yours was changed."},
          {"授权 {license_id} 的条款与厂商重新认可文件 {reendorsement_id} 中同一编号的授权不同。",
           "请导入厂商签发的原文件；如果手中的文件被改动过，请向厂商索取副本。"}),
    entry(errc::root_differs, "vendor-root-differs",
          {"The root certificate presented (SHA-256 {presented_fingerprint}) is not the one that this ledger is pinned "
           "to (SHA-256 "
           "{pinned_fingerprint}).",
           "Use the root certificate that the ledger was made with. Nothing was changed."},
          {"所提供的根证书（SHA-256 指纹 {presented_fingerprint}）不是本账本所固定的根证书（SHA-256 指纹 "
           "{pinned_fingerprint}）。",
           "请使用建立账本时的厂商根证书。未作任何改动。"}),

    entry(errc::revocation_malformed, "revocation-malformed",
          ask_vendor_en("The file is not a revocation as an issuer writes it: {field}."),
          ask_vendor_zh("该文件不是签发工具生成的吊销文件：{field}。")),
    entry(errc::revocation_signature_bad, "revocation-signature-bad",
          ask_vendor_en(
              "The signature of the revocation does not match its content; it names the issuer {issuer} (certificate "
              "SHA-256 {issuer_fingerprint})."),
          ask_vendor_zh("吊销文件的签名与内容不符；其签发者为 {issuer}（证书 SHA-256 指纹 {issuer_fingerprint}）。")),
    entry(errc::revocation_issuer_unknown, "revocation-issuer-unknown",
          {"The revocation was signed by {issuer}, which is not under the vendor's root certificate that this ledger "
           "is pinned to "
           "(SHA-256 {root_fingerprint}).",
           "Ask the vendor whether the revocation is theirs; compare the fingerprint on the telephone."},
          {"吊销文件由 {issuer} 签发，不属于本账本所固定的厂商根证书（SHA-256 指纹 {root_fingerprint}）。",
           "请向厂商确认该吊销文件是否由其发出，可通过电话核对指纹。"}),
    entry(errc::revocation_issuer_wrong_purpose, "revocation-issuer-wrong-purpose",
          {"The revocation was signed with the certificate {issuer}, which may not revoke licences.",
           "Ask the vendor for a revocation that is signed with a licence issuer's certificate."},
          {"签发该吊销文件所用的证书 {issuer} 没有相应用途。", "请向厂商索取用授权签发证书签发的吊销文件。"}),
    entry(errc::revocation_issuer_not_valid_then, "revocation-issuer-not-valid-then",
          {"The issuer's certificate {issuer} is valid from {not_before} to {not_after}, and the revocation was issued "
           "at {at}.",
           "Ask the vendor to issue the revocation with a certificate that is valid at its issue time."},
          {"签发证书 {issuer} 的有效期为 {not_before} 至 {not_after}，而吊销文件的签发时间是 {at}。",
           "请厂商用签发时有效的证书重新签发吊销文件。"}),
    entry(errc::revocation_other_server, "revocation-other-server",
          {"The revocation {revocation_id} was made for the server {revocation_server}; this is {this_server}.",
           "Import it on that server. Nothing was changed here."},
          {"吊销文件 {revocation_id} 是为服务器 {revocation_server} 签发的，而本服务器是 {this_server}。",
           "请在对应的服务器上导入。本机未作任何改动。"}),
    entry(errc::revocation_id_conflict, "revocation-id-conflict",
          {"The ledger holds another revocation with the id {revocation_id}.",
           "Ask the vendor which of the two is right."},
          {"账本中已有编号同为 {revocation_id} 但内容不同的吊销记录。", "请向厂商确认以哪一份为准。"}),

    entry(errc::reendorsement_malformed, "reendorsement-malformed",
          ask_vendor_en("The re-endorsement is not a signed message as a vendor writes it ({field})."),
          ask_vendor_zh("重新认可文件不是厂商签发的签名数据（{field}）。")),
    entry(
        errc::reendorsement_signature_bad, "reendorsement-signature-bad",
        ask_vendor_en("The signature of the re-endorsement does not match its content; it names the signer {issuer} "
                      "(certificate SHA-256 {issuer_fingerprint})."),
        ask_vendor_zh("重新认可文件的签名与内容不符；其签发者为 {issuer}（证书 SHA-256 指纹 {issuer_fingerprint}）。")),
    entry(errc::reendorsement_issuer_unknown, "reendorsement-issuer-unknown",
          {"The re-endorsement was signed by {issuer}, which is not under the vendor's root certificate that this "
           "ledger is pinned to (SHA-256 {root_fingerprint}).",
           "Ask the vendor whether it was made under that root; compare the fingerprint on the telephone."},
          {"重新认可文件由 {issuer} 签发，不属于本账本所固定的厂商根证书（SHA-256 指纹 {root_fingerprint}）。",
           "请向厂商确认该文件是否在此根证书下签发，可通过电话核对指纹。"}),
    entry(
        errc::reendorsement_issuer_wrong_purpose, "reendorsement-issuer-wrong-purpose",
        {"The re-endorsement was signed with the certificate {issuer}, which may not re-endorse servers.",
         "Ask the vendor for one that is signed with a recovery signer's certificate."},
        {"签发该重新认可文件所用的证书 {issuer} 没有重新认可服务器的用途。", "请向厂商索取用恢复签发证书签发的文件。"}),
    entry(errc::reendorsement_issuer_not_valid_then, "reendorsement-issuer-not-valid-then",
          {"The certificate {issuer} was valid from {not_before} to {not_after}, and the re-endorsement was signed on "
           "{at}.",
           "Ask the vendor for a re-endorsement that is signed with a valid certificate."},
          {"证书 {issuer} 的有效期为 {not_before} 至 {not_after}，而重新认可文件签发于 {at}。",
           "请向厂商索取用有效证书签发的文件。"}),
    entry(errc::reendorsement_certificate_wrong, "reendorsement-certificate-wrong",
          ask_vendor_en("The certificate of the new key in the re-endorsement {reendorsement_id} is wrong: {reason}."),
          ask_vendor_zh("重新认可文件 {reendorsement_id} 中新密钥的证书有误：{reason}。")),
    entry(errc::reendorsement_other_server, "reendorsement-other-server",
          {"The re-endorsement {reendorsement_id} is for the server {reendorsement_server}, and this is {this_server}.",
           "Take the file that was made out of this server's request (`actledger hsm replace --request`)."},
          {"重新认可文件 {reendorsement_id} 属于服务器 {reendorsement_server}，而当前服务器是 {this_server}。",
           "请使用由本服务器的申请文件（`actledger hsm replace --request`）制作的文件。"}),
    entry(errc::reendorsement_other_key, "reendorsement-other-key",
          {"The re-endorsement {reendorsement_id} replaces the key {old_key}, and this ledger's key is {this_key} "
           "(SHA-256).",
           "If the ledger was handed over since, use the file that belongs to its present key; else make a new "
           "request."},
          {"重新认可文件 {reendorsement_id} 用于替换密钥 {old_key}，而本账本当前的密钥是 {this_key}（SHA-256）。",
           "如果账本此后已完成过移交，请使用与当前密钥对应的文件；否则请重新申请。"}),
    entry(errc::reendorsement_key_known, "reendorsement-key-known",
          {"The key {new_key} (SHA-256) of the re-endorsement {reendorsement_id} has been this ledger's before.",
           "A key that was given up does not come back: make a new request with the new token."},
          {"重新认可文件 {reendorsement_id} 中的密钥 {new_key}（SHA-256）曾经是本账本的密钥。",
           "已弃用的密钥不能再次启用：请用新的令牌重新申请。"}),
    entry(
        errc::reendorsement_head_missing, "reendorsement-head-missing",
        {"The re-endorsement {reendorsement_id} vouches for {size} events, and this ledger has {log_size}: it was set "
         "back since the request was made.",
         "Restore the newer copy, a mirror or an export. If there is none, make a new request from this ledger."},
        {"重新认可文件 {reendorsement_id} 所认可的账本有 {size} 条事件，而本账本只有 {log_size} 条："
         "提交申请之后账本被回退过。",
         "请恢复更新的副本、镜像或导出。如果没有，请用当前账本重新申请。"}),
    entry(errc::reendorsement_head_differs, "reendorsement-head-differs",
          {"The first {size} events of this ledger are not those that the re-endorsement {reendorsement_id} vouches "
           "for: there are two histories.",
           "Keep this ledger's folder as evidence, and bring back the right one."},
          {"本账本的前 {size} 条事件与重新认可文件 {reendorsement_id} 所认可的不一致：存在两份历史。",
           "请保留该账本目录作为证据，并恢复正确的账本。"}),
    entry(errc::reendorsement_certificate_revoked, "reendorsement-certificate-revoked",
          {"The re-endorsement {reendorsement_id} rests on the certificate {certificate_fingerprint}, which the vendor "
           "revoked ({revocation_id}).",
           "Ask the vendor for another one."},
          {"重新认可文件 {reendorsement_id} 所依据的证书 {certificate_fingerprint} 已被厂商吊销（{revocation_id}）。",
           "请向厂商索取新的文件。"}),
    entry(errc::rotation_note_malformed, "rotation-note-malformed",
          {"The note by which the key before hands over to the next one is not well formed.", rotation_en},
          {"原密钥向下一把密钥移交的凭据格式不正确。", rotation_zh}),
    entry(errc::rotation_signature_bad, "rotation-signature-bad",
          {"The hand-over to the next key bears the name of the key {old_key} (SHA-256), which did not sign it.",
           rotation_en},
          {"移交凭据署名为密钥 {old_key}（SHA-256），但并非由该密钥签名。", rotation_zh}),
    entry(errc::rotation_certificate_wrong, "rotation-certificate-wrong",
          ask_vendor_en("The certificate of the next key is not one that the vendor gave a server: {reason}."),
          ask_vendor_zh("下一把密钥的证书不是厂商签发的服务器证书：{reason}。")),
    entry(errc::rotation_other_server, "rotation-other-server",
          {"The certificate or the hand-over is for the server {rotation_server}; this server is {this_server}.",
           "Use the certificate that the vendor made for this server. Nothing was changed."},
          {"该证书或移交凭据属于服务器 {rotation_server}，而本服务器是 {this_server}。",
           "请使用厂商为本服务器签发的证书。未作任何改动。"}),
    entry(errc::rotation_other_key, "rotation-other-key",
          {"The hand-over is from the key {old_key}, and this ledger's key is {this_key} (SHA-256).", rotation_en},
          {"移交凭据出自密钥 {old_key}，而本账本的密钥是 {this_key}（SHA-256）。", rotation_zh}),
    entry(errc::rotation_other_next_key, "rotation-other-next-key",
          {"The hand-over is to the key {named_key}, and the certificate is over {new_key} (SHA-256).", rotation_en},
          {"移交凭据指向密钥 {named_key}，而证书对应的是 {new_key}（SHA-256）。", rotation_zh}),
    entry(errc::rotation_key_known, "rotation-key-known",
          {"The key {new_key} (SHA-256) was this ledger's before: a key never comes back.",
           "Make a new request: `actledger hsm rotate --request`. Nothing was changed."},
          {"密钥 {new_key}（SHA-256）曾是本账本的密钥：密钥不会再次启用。",
           "请重新生成申请：`actledger hsm rotate --request`。未作任何改动。"}),
    entry(errc::rotation_certificate_revoked, "rotation-certificate-revoked",
          {"The certificate {certificate_fingerprint} of the next key was revoked by the vendor ({revocation_id}).",
           "Ask the vendor why. Nothing was changed."},
          {"下一把密钥的证书 {certificate_fingerprint} 已被厂商吊销（{revocation_id}）。",
           "请向厂商询问原因。未作任何改动。"}),
    entry(errc::rotation_head_differs, "rotation-head-differs",
          {"The hand-over to the next key is for a ledger with another head, of {size} events.", rotation_en},
          {"移交凭据所指的账本树头不同，其事件数为 {size}。", rotation_zh}),
    entry(errc::lost_log_certificate_wrong, "lost-log-certificate-wrong",
          {"The certificate of the key that goes on after a log was lost does not fit: {reason}.",
           "Name the certificate that the vendor made for the HSM's present key (--certificate). In a ledger: keep it "
           "as evidence, and use an intact copy."},
          {"日志丢失后接续账本的密钥，其证书不符：{reason}。",
           "请用 --certificate "
           "指定厂商为加密卡现用密钥签发的证书。如果出现在账本中：请将账本保留作为证据，并使用完好的副本。"}),
    entry(errc::reendorsement_for_lost_log, "reendorsement-for-lost-log",
          {"The re-endorsement {reendorsement_id} is for a server whose log is lost, and this one has its log.",
           "With the log there, ask for another one: `actledger hsm replace --request`. Only if the log is lost for "
           "good, use `actledger recover --reendorsement` with an empty ledger folder."},
          {"重新认可文件 {reendorsement_id} 用于日志已丢失的服务器，而本服务器的日志还在。",
           "日志还在时，请用 `actledger hsm replace --request` 另行申请。只有日志确已丢失时，才在空的账本目录上使用 "
           "`actledger recover --reendorsement`。"}),
    entry(
        errc::reendorsement_not_for_lost_log, "reendorsement-not-for-lost-log",
        {"The re-endorsement {reendorsement_id} hands over a ledger that is there; here the log is lost.",
         "If there is a copy of the log, restore it and use `actledger hsm replace`. If there is none, ask the vendor "
         "for a re-endorsement for a lost log (`actledger-issuer reendorse --lost-log`)."},
        {"重新认可文件 {reendorsement_id} 用于移交仍然存在的账本，而此处日志已丢失。",
         "如果日志有副本，请先恢复，再使用 `actledger hsm "
         "replace`。如果没有，请向厂商索取用于日志丢失的重新认可文件（`actledger-issuer reendorse --lost-log`）。"}),
    entry(errc::reendorsement_head_beyond, "reendorsement-head-beyond",
          {"The re-endorsement {reendorsement_id} vouches for a head {origin} of {size} events, and the newest that is "
           "known here is {known}.",
           "Name the activation file that the request was made with, or a newer one (--activation-file)."},
          {"重新认可文件 {reendorsement_id} 所认可的树头为 {origin}（{size} 条事件），而此处已知的最新树头是 {known}。",
           "请用 --activation-file 指定申请时所用的激活文件，或更新的激活文件。"}),
    entry(errc::reendorsement_number_used, "reendorsement-number-used",
          {"The re-endorsement {reendorsement_id} opens the incarnation {incarnation}, and the lost key signed under "
           "{origin}.",
           "Make a new request that names the newest activation file, so that the vendor knows of it."},
          {"重新认可文件 {reendorsement_id} 要开启世代 {incarnation}，而丢失的密钥已在 {origin} 下签过名。",
           "请用最新的激活文件重新申请，让厂商得知该世代。"}),
    entry(errc::request_malformed, "request-malformed",
          {"The file is not a request as a server writes it for this command.",
           "Make it again on the server, and send it unchanged: `actledger license request` for a licence, `actledger "
           "hsm rotate --request` for the next key, `actledger hsm replace --request` or `actledger recover --request` "
           "for a re-endorsement."},
          {"该文件不是服务器为此命令生成的申请文件。",
           "请在服务器上重新生成，并原样发送：申请授权用 `actledger license request`，轮换密钥用 `actledger hsm rotate "
           "--request`，重新认可用 `actledger hsm replace --request` 或 `actledger recover --request`。"}),
    entry(errc::request_signature_bad, "request-signature-bad",
          {"The request of the server {server_id} is not signed by the key that it names.",
           "Make it again on the server with the same command as before, and send it unchanged."},
          {"服务器 {server_id} 的申请文件不是由其所列密钥签名的。", "请在服务器上用原来的命令重新生成，并原样发送。"}),
    entry(errc::key_malformed, "vendor-key-malformed",
          {"The file is not a private key that this program can use.",
           "Name the key file that `actledger-issuer` wrote."},
          {"该文件不是本程序可用的私钥。", "请指定 `actledger-issuer` 生成的私钥文件。"}),
    entry(errc::key_passphrase_wrong, "vendor-key-passphrase-wrong",
          {"The passphrase does not open the private key.", "Give the passphrase with which the key was made."},
          {"口令无法打开私钥。", "请输入生成该私钥时使用的口令。"}),
};

}  // namespace

const MessageCategory& category() {
    static const MessageCategory instance{"license_file", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace ledger::license_file
