#include "api/commands/errc.hpp"

#include <array>

namespace api::commands {
namespace {

using ledger::Message;
using ledger::MessageText;

constexpr Message entry(errc value, std::string_view code, MessageText english, MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::quota_reached, "quota-reached",
          {"All seats of {product} are taken: {used} of {limit}. The next one frees at {next_seat_free_at}, if it is "
           "not renewed.",
           "Release a desktop that is no longer used, or ask the vendor for a licence with more seats."},
          {"产品 {product} 的席位已用完：{used} / {limit}。若无续租，下一个席位将于 {next_seat_free_at} 释放。",
           "请释放不再使用的桌面，或向厂商申请更多席位的授权。"}),
    entry(errc::seats_not_reserved, "seats-not-reserved",
          {"Seats of {product} are free, but the HSM has not recorded their reservation yet.",
           "Try again in a few seconds. If it stays so, check the card with `actledger hsm check`."},
          {"产品 {product} 有空闲席位，但加密卡（HSM）尚未记录其预留。",
           "请几秒后重试；若持续出现，请运行 `actledger hsm check` 检查加密卡。"}),
    entry(errc::product_unknown, "product-unknown",
          {"This server has no licence for the product {product}.",
           "Check the product's name, or import a licence for it: `actledger license import`."},
          {"本服务器没有产品 {product} 的授权。",
           "请检查产品名称，或运行 `actledger license import` 导入其授权数量文件。"}),
    entry(errc::no_valid_license, "no-valid-license",
          {"None of the licences for {product} is valid at {at}: all have ended, not begun, or were superseded or "
           "revoked.",
           "See `actledger license list`, and ask the vendor for a licence."},
          {"产品 {product} 的授权在 {at} 均无效：已到期、未生效、被取代或被吊销。",
           "请用 `actledger license list` 查看，并向厂商申请授权。"}),
    entry(errc::enrolment_key_invalid, "enrolment-key-invalid",
          {"The enrolment key is not one that this server accepts: unknown, revoked or expired.",
           "Ask the administrator for the pool's present enrolment key."},
          {"登记密钥无效：未知、已撤销或已过期。", "请向管理员索取该桌面池当前的登记密钥。"}),
    entry(errc::enrolment_closed, "enrolment-closed",
          {"This server asks every desktop for an enrolment key, and none was shown.",
           "Give the client the pool's enrolment key; or an administrator may turn open enrolment on."},
          {"本服务器要求桌面出示登记密钥，而请求中没有。", "请为客户端配置桌面池的登记密钥，或由管理员开启开放登记。"}),
    entry(
        errc::activation_unknown, "activation-unknown",
        {"There is no activation {activation} here.", "Check the id, or activate again: `actledger-client activate`."},
        {"没有激活记录 {activation}。", "请检查标识，或重新激活：`actledger-client activate`。"}),
    entry(errc::activation_released, "activation-released",
          {"The seat of activation {activation} was given back at {released_at}.",
           "Activate again: `actledger-client activate`."},
          {"激活 {activation} 的席位已于 {released_at} 归还。", "请重新激活：`actledger-client activate`。"}),
    entry(errc::device_mismatch, "device-mismatch",
          {"The device that asks is not the one that holds activation {activation}.",
           "Ask from the desktop that was activated, or let an administrator release the seat."},
          {"发出请求的设备不是持有激活 {activation} 的设备。", "请在已激活的桌面上操作，或由管理员释放该席位。"}),
    entry(errc::device_components_insufficient, "device-components-insufficient",
          {"To recognise a device, {product} needs {needed} of these components: {kinds}. Usable ones were sent of: "
           "{usable}.",
           "Let the client run with the rights to read them, or give the virtual machine a UUID and serial numbers of "
           "its own."},
          {"产品 {product} 识别设备需要以下硬件特征中的 {needed} 项：{kinds}。收到的可用硬件特征：{usable}。",
           "请以足够的权限运行客户端，或为虚拟机配置独有的 UUID 和序列号。"}),
    entry(errc::device_key_malformed, "device-key-malformed",
          {"The device's public key is not a P-256 key in DER SubjectPublicKeyInfo form.", "Use a current client."},
          {"设备公钥不是 DER SubjectPublicKeyInfo 格式的 P-256 公钥。", "请使用当前版本的客户端。"}),
    entry(errc::device_name_malformed, "device-name-malformed",
          {"The device's name is not one line of text of at most 255 bytes.", "Shorten the name, or leave it out."},
          {"设备名称不是 255 字节以内的一行文本。", "请缩短名称，或不填。"}),
    entry(errc::product_malformed, "product-malformed",
          {"The product's name is not 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.", "Check the product's name."},
          {"产品名称须为 1 至 64 个 A-Z、a-z、0-9、'.'、'_'、'-' 字符。", "请检查产品名称。"}),

    entry(errc::adoption_foreign, "adoption-foreign",
          {"The activation file is of another server, {server}.", "Present it there; or activate without it."},
          {"该激活文件属于另一台服务器 {server}。", "请在该服务器上出示；或不带文件重新激活。"}),
    entry(errc::adoption_needless, "adoption-not-needed",
          {"Activation {activation} is of the present incarnation: nothing of it was lost.",
           "Renew it, or activate without the file."},
          {"激活 {activation} 属于当前世代，并未丢失。", "请续租，或不带文件重新激活。"}),
    entry(errc::adoption_other_device, "adoption-other-device",
          {"The file of activation {activation} was made for another device.",
           "Present it from the desktop that was activated; or activate without it."},
          {"激活 {activation} 的文件属于另一台设备。", "请在原先激活的桌面上出示；或不带文件重新激活。"}),
    entry(errc::adoption_other_product, "adoption-other-product",
          {"The activation file is of product {product}, and {asked} was asked for.",
           "Check the client's setting `product`."},
          {"该激活文件属于产品 {product}，而请求的是 {asked}。", "请检查客户端设置 `product`。"}),
    entry(errc::adoption_license_unknown, "adoption-license-unknown",
          {"Licence {license}, under which the file was given, is not in this ledger.",
           "Import its .lic again: `actledger license import`. It need not be reissued."},
          {"发放该文件所依据的授权 {license} 不在本账本中。",
           "请重新导入其 .lic：`actledger license import`，无需重新签发。"}),
    entry(errc::adoption_license_revoked, "adoption-license-revoked",
          {"Licence {license}, under which the file was given, was revoked.", "Activate without the file."},
          {"发放该文件所依据的授权 {license} 已被吊销。", "请不带文件重新激活。"}),
    entry(errc::adoption_superseded, "adoption-superseded",
          {"The ledger has something newer of activation {activation} than this file.",
           "Present the newest file; or activate without it."},
          {"账本中激活 {activation} 的记录比该文件更新。", "请出示最新的文件；或不带文件重新激活。"}),
    entry(
        errc::adoption_released, "adoption-released",
        {"The seat of activation {activation} was given back after this file was made.", "Activate without the file."},
        {"激活 {activation} 的席位在该文件生成之后已归还。", "请不带文件重新激活。"}),
    entry(errc::adoption_refused, "adoption-refused",
          {"An administrator refused to adopt activation {activation}.",
           "Activate without the file, or ask the administrator."},
          {"管理员已拒绝认领激活 {activation}。", "请不带文件重新激活，或联系管理员。"}),
    entry(errc::adoption_lease_over, "adoption-lease-over",
          {"The lease of activation {activation} was over at {at}.", "Activate without the file."},
          {"激活 {activation} 的租期已于 {at} 结束。", "请不带文件重新激活。"}),
    entry(errc::adoption_pending, "adoption-pending",
          {"Activation {activation} is proven, but no seat of its licence is unclaimed or free: it waits for an "
           "administrator.",
           "The administrator sees it with `actledger recover pending`. Ask again later."},
          {"激活 {activation} 已得到证明，但其授权没有未认领或空闲的席位：等待管理员处理。",
           "管理员可用 `actledger recover pending` 查看。请稍后重试。"}),
    entry(errc::adoption_unknown, "adoption-unknown",
          {"Nothing of activation {activation} waits for an administrator.",
           "See `actledger recover pending` for what does."},
          {"激活 {activation} 没有待管理员处理的认领。", "请用 `actledger recover pending` 查看待处理项。"}),
    entry(errc::license_unknown, "license-unknown",
          {"There is no licence {license} in this ledger.", "See `actledger license list`."},
          {"本账本中没有授权 {license}。", "请用 `actledger license list` 查看。"}),
    entry(errc::free_too_early, "free-too-early",
          {"Unclaimed seats of licence {license} may be freed from {from} on.",
           "Wait, or change the setting unclaimed_free_after_days."},
          {"授权 {license} 的未认领席位自 {from} 起方可释放。", "请等待，或修改设置项 unclaimed_free_after_days。"}),
    entry(errc::free_too_many, "free-too-many",
          {"Only {unclaimed} seats of licence {license} are unclaimed.", "Free no more than that."},
          {"授权 {license} 仅有 {unclaimed} 个未认领席位。", "释放数量不得超过该数。"}),

    entry(errc::enrolment_key_unknown, "enrolment-key-unknown",
          {"There is no enrolment key {key}.", "List the keys: `actledger enrolment list`."},
          {"没有登记密钥 {key}。", "请查看密钥列表：`actledger enrolment list`。"}),
    entry(errc::enrolment_key_ends_in_the_past, "enrolment-key-ends-in-the-past",
          {"The key would expire at {expires}, and it is {at}.", "Choose a later end, or none."},
          {"密钥到期时间 {expires} 早于当前时间 {at}。", "请选择更晚的到期时间，或不设到期。"}),
    entry(errc::pool_name_malformed, "pool-name-malformed",
          {"A pool's name is one line of text of 1 to 64 bytes.", "Choose another name."},
          {"桌面池名称须为 1 至 64 字节的一行文本。", "请换一个名称。"}),
    entry(errc::setting_unknown, "setting-unknown",
          {"There is no setting {name}.", "See the manual's list of settings."},
          {"没有设置项 {name}。", "请查看手册中的设置列表。"}),
    entry(errc::setting_value_invalid, "setting-value-invalid",
          {"The setting {name} must be {allowed}.", "Set one of these values."},
          {"设置项 {name} 的值须为 {allowed}。", "请设为允许的值。"}),
    entry(errc::licenses_too_many, "licenses-too-many",
          {"This ledger has {limit} licences, which is the most it can have.",
           "Ask the vendor for one licence that supersedes several."},
          {"本账本已有 {limit} 份授权，达到上限。", "请向厂商申请一份取代多份旧授权的新授权。"}),
    entry(errc::event_unknown, "event-unknown", {"There is no event {index} in this ledger.", "Check the number."},
          {"本账本中没有事件 {index}。", "请检查编号。"}),
    entry(errc::annex_value_unknown, "annex-value-unknown",
          {"Event {index} has no {field} in the annex.", "Check the event's number and the field."},
          {"事件 {index} 的附录中没有 {field}。", "请检查事件编号和字段。"}),
    entry(errc::confirmation_unknown, "confirmation-unknown",
          {"Event {index} is not a confirmation of time.",
           "See `actledger status` for the confirmations that can be undone."},
          {"事件 {index} 不是时间确认。", "请运行 `actledger status` 查看可撤销的确认。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"commands", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace api::commands
