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

    entry(errc::legacy_record_malformed, "legacy-record-malformed",
          {"The record's key is not one line of 1 to 255 bytes, or its time is before 1970.",
           "Correct the row, or the mapping file's `key`."},
          {"记录的主键须为 1 至 255 字节的一行文本，且时间不得早于 1970 年。", "请改正该行，或映射文件中的 `key`。"}),
    entry(errc::legacy_components_unusable, "legacy-components-unusable",
          {"The record has no component by which {product} recognises a device: {kinds}.",
           "Map a column with one of them, or let the desktop activate like a new one."},
          {"记录中没有产品 {product} 用于识别设备的硬件特征：{kinds}。",
           "请在映射文件中对应其中一项，或让该桌面按新设备激活。"}),
    entry(errc::legacy_device_active, "legacy-device-active",
          {"The record's device has activated here already, as {activation}.", "Nothing: it needs no kept seat."},
          {"该记录的设备已在本服务器激活（{activation}）。", "无须处理：不需要为其保留席位。"}),
    entry(errc::legacy_device_reserved, "legacy-device-reserved",
          {"A seat is kept for this device already, {activation}: another record is of the same one.",
           "Nothing, if it is one desktop; else give the record a component of its own."},
          {"已为同一设备保留席位（{activation}）：另有一条记录与其相同。",
           "若确为同一桌面则无须处理；否则请为该记录补充独有的硬件特征。"}),
    entry(
        errc::legacy_quota_reached, "legacy-quota-reached",
        {"No seat of {product} is free to be kept: {used} of {limit} are taken.",
         "Ask the vendor for a licence with more seats, or leave records of retired desktops out; then import again."},
        {"产品 {product} 没有可保留的空闲席位：已用 {used} / {limit}。",
         "请向厂商申请更多席位的授权，或去掉已停用桌面的记录，然后重新导入。"}),
    entry(errc::legacy_until_in_the_past, "legacy-until-in-the-past",
          {"Seats would be kept until {until}, and it is {at}.", "Choose a later time."},
          {"保留期限 {until} 早于当前时间 {at}。", "请选择更晚的时间。"}),
    entry(errc::legacy_seat_unknown, "legacy-seat-unknown",
          {"No seat {activation} was kept here.", "List them: `actledger legacy list`."},
          {"没有保留席位 {activation}。", "请查看列表：`actledger legacy list`。"}),
    entry(errc::legacy_seat_claimed, "legacy-seat-claimed",
          {"The kept seat {activation} was claimed by its desktop.",
           "Release the activation instead, if the desktop is no longer used: `actledger activation release`."},
          {"保留席位 {activation} 已被其桌面认领。",
           "若该桌面不再使用，请改为释放激活：`actledger activation release`。"}),
    entry(errc::legacy_seat_promised, "legacy-seat-promised",
          {"The seat {activation} is kept until {reserved_until}.",
           "Wait until then; a claimed one is released earlier."},
          {"席位 {activation} 的保留期限为 {reserved_until}。", "请等到该时间之后再释放。"}),
    entry(errc::legacy_time_in_doubt, "legacy-time-in-doubt",
          {"Ledger time is in doubt, so no kept seat can be freed.",
           "Check this machine's clock and confirm it: `actledger time confirm`."},
          {"账本时间存疑，暂不能释放保留席位。", "请检查本机时钟并确认：`actledger time confirm`。"}),
    entry(errc::enrolment_key_unknown, "enrolment-key-unknown",
          {"There is no enrolment key {key}.", "List the keys: `actledger enrolment list`."},
          {"没有登记密钥 {key}。", "请查看密钥列表：`actledger enrolment list`。"}),
    entry(errc::enrolment_key_ends_in_the_past, "enrolment-key-ends-in-the-past",
          {"The key would expire at {expires}, and it is {at}.", "Choose a later end, or none."},
          {"密钥到期时间 {expires} 早于当前时间 {at}。", "请选择更晚的到期时间，或不设到期。"}),
    entry(errc::pool_name_malformed, "pool-name-malformed",
          {"A pool's name is one line of text of 1 to 64 bytes.", "Choose another name."},
          {"桌面池名称须为 1 至 64 字节的一行文本。", "请换一个名称。"}),
    entry(errc::log_key_unknown, "log-key-unknown",
          {"There is no log key {key}.", "List the keys: `actledger log-key list`."},
          {"没有日志读取密钥 {key}。", "请查看密钥列表：`actledger log-key list`。"}),
    entry(errc::log_key_ends_in_the_past, "log-key-ends-in-the-past",
          {"The log key would expire at {expires}, and it is {at}.", "Choose a later end, or none."},
          {"日志读取密钥的到期时间 {expires} 早于当前时间 {at}。", "请选择更晚的到期时间，或不设到期。"}),
    entry(errc::log_key_invalid, "log-key-invalid",
          {"The log key is not one that this server accepts: unknown, revoked or expired.",
           "Ask the administrator for a key: `actledger log-key create`."},
          {"日志读取密钥无效：未知、已撤销或已过期。", "请向管理员索取密钥：`actledger log-key create`。"}),
    entry(errc::log_key_wrong_kind, "log-key-wrong-kind",
          {"These credentials are not for reading the log.",
           "Use a log key; an administrator makes one with `actledger log-key create`."},
          {"该凭据不能用于读取日志。", "请使用日志读取密钥；由管理员运行 `actledger log-key create` 创建。"}),
    entry(errc::reader_name_malformed, "reader-name-malformed",
          {"A reader's name is one line of text of 1 to 64 bytes.", "Choose another name."},
          {"读取者名称须为 1 至 64 字节的一行文本。", "请换一个名称。"}),
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
