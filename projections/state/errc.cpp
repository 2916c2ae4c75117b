#include "projections/state/errc.hpp"

#include <array>

namespace projections {
namespace {

using ledger::Message;

constexpr std::string_view remedy_en =
    "Keep the ledger as it is, as evidence, and follow the manual's chapter on findings of `actledger verify`.";
constexpr std::string_view remedy_zh = "请保留账本原样作为证据，并按手册“校验结果”一章处理。";

constexpr Message entry(errc value, std::string_view code, std::string_view english, std::string_view chinese) {
    return {static_cast<int>(value), code, {english, remedy_en}, {chinese, remedy_zh}};
}

constexpr std::array messages{
    entry(errc::seat_beyond_quota, "seat-beyond-quota",
          "Event {index} gives a seat of licence {license}, of which {used} of {limit} were taken.",
          "事件 {index} 发放了授权 {license} 的席位，而当时已用 {used} / {limit}。"),
    entry(errc::seat_license_unknown, "seat-license-unknown",
          "Event {index} gives a seat of licence {license}, which was never imported.",
          "事件 {index} 发放了授权 {license} 的席位，而该授权从未导入。"),
    entry(errc::seat_license_not_valid, "seat-license-not-valid",
          "Event {index} gives a seat of licence {license}, which was not valid at {at}.",
          "事件 {index} 发放了授权 {license} 的席位，而该授权在 {at} 无效。"),
    entry(errc::unclaimed_seats_wrong, "unclaimed-seats-wrong",
          "Event {index} opens incarnation {incarnation}, and does not count the seats as unclaimed that may have been "
          "given.",
          "事件 {index} 开启了第 {incarnation} 世代，但其未认领席位数与可能已发放的席位不符。"),
    entry(errc::seat_license_mismatch, "seat-license-mismatch",
          "The seat in event {index} is not what licence {license} grants: another product, lease or device rule.",
          "事件 {index} 中的席位与授权 {license} 的条款不符（产品、租期或设备判定规则）。"),
    entry(errc::seat_twice, "seat-twice",
          "Event {index} gives activation {activation} to a device that has a seat already, activation {other}.",
          "事件 {index} 为已有席位（激活 {other}）的设备又授予了激活 {activation}。"),
    entry(errc::activation_id_twice, "activation-id-twice",
          "Event {index} uses the activation id {activation} a second time.",
          "事件 {index} 重复使用了激活标识 {activation}。"),
    entry(errc::activation_not_active, "activation-not-active",
          "Event {index} is about activation {activation}, which has no seat.",
          "事件 {index} 涉及没有席位的激活 {activation}。"),
    entry(errc::seat_changed_hands, "seat-changed-hands",
          "Event {index} changes the product, the device key or, outside a change of device, the components of "
          "activation {activation}.",
          "事件 {index} 改动了激活 {activation} 的产品、设备密钥，或在非设备变更事件中改动了硬件特征。"),
    entry(errc::adoption_beyond_unclaimed, "adoption-beyond-unclaimed",
          "Event {index} adopts a seat of licence {license}, none of which was unclaimed, and no administrator agreed.",
          "事件 {index} 认领了授权 {license} 的席位，而当时已无未认领席位，也未经管理员批准。"),
    entry(errc::lent_beyond_unclaimed, "lent-beyond-unclaimed",
          "Event {index} lends a seat of licence {license}, of which only {unclaimed} were unclaimed.",
          "事件 {index} 临时借出了授权 {license} 的席位，而当时未认领席位仅 {unclaimed} 个。"),
    entry(errc::freed_wrong, "freed-wrong",
          "Event {index} frees more seats of licence {license} than were unclaimed, or frees them too early.",
          "事件 {index} 释放的授权 {license} 席位多于未认领数，或释放过早。"),
    entry(errc::device_salt_differs, "device-salt-differs",
          "Event {index} says that the log was lost, and the new one has another device salt than the HSM's anchor.",
          "事件 {index} 表明日志已丢失，而新日志的设备盐值与加密卡锚点不一致。"),
    entry(errc::adoption_proof_wrong, "adoption-proof-wrong",
          "Event {index} keeps a proof of an earlier activation that proves nothing: {problem}.",
          "事件 {index} 保存的原激活证明无效：{problem}。"),
    entry(errc::adoption_needless, "adoption-needless",
          "Event {index} proves activation {activation}, of which the ledger has something as new.",
          "事件 {index} 为激活 {activation} 提交了证明，而账本中已有不早于它的记录。"),
    entry(errc::adoption_without_proof, "adoption-without-proof",
          "Event {index} adopts or refuses activation {activation}, of which no proof waits.",
          "事件 {index} 认领或拒绝了激活 {activation}，而没有待处理的证明。"),
    entry(errc::authority_missing, "authority-missing",
          "Event {index} is one that takes the HSM's PIN and a typed confirmation, and its actor had neither.",
          "事件 {index} 需要加密卡 PIN 与键入确认，而其操作方没有该授权。"),
    entry(errc::legacy_record_twice, "legacy-record-twice",
          "Event {index} keeps a seat (activation {activation}) for a record of the previous product that was taken "
          "before.",
          "事件 {index} 为此前已导入过的旧产品记录再次保留了席位（激活 {activation}）。"),
    entry(
        errc::legacy_claim_wrong, "legacy-claim-wrong",
        "Event {index} gives the kept seat {activation} for another product, or to a device that it was not kept for.",
        "事件 {index} 将保留席位 {activation} 发放给了其他产品，或发放给了并非其保留对象的设备。"),
    entry(errc::legacy_seat_passed_over, "legacy-seat-passed-over",
          "Event {index} gives activation {activation} to a device for which the seat {other} is kept.",
          "事件 {index} 授予了激活 {activation}，而该设备已有保留席位 {other}。"),
    entry(errc::legacy_seat_not_open, "legacy-seat-not-open",
          "Event {index} frees the kept seat {activation}, which is not there, or was claimed or freed before.",
          "事件 {index} 释放的保留席位 {activation} 不存在，或此前已被认领或释放。"),
    entry(errc::legacy_freed_too_early, "legacy-freed-too-early",
          "Event {index} frees the kept seat {activation} at {at}, and it was promised until {reserved_until}.",
          "事件 {index} 在 {at} 释放了保留席位 {activation}，早于承诺的保留期限 {reserved_until}。"),
    entry(errc::legacy_freed_unauthorised, "legacy-freed-unauthorised",
          "Event {index} frees the kept seat {activation} without the authority of two people.",
          "事件 {index} 释放保留席位 {activation} 时没有双人授权。"),
    entry(errc::time_went_back, "time-went-back", "Event {index} bears the time {at}, earlier than {last} before it.",
          "事件 {index} 的时间 {at} 早于此前的 {last}。"),
    entry(errc::expired_too_early, "expired-too-early",
          "Event {index} takes activation {activation} back at {at}, before its grace ends at {grace_ends}.",
          "事件 {index} 在 {at} 收回了激活 {activation}，早于其宽限期结束 {grace_ends}。"),
    entry(errc::expired_in_doubt, "expired-in-doubt",
          "Event {index} takes activation {activation} back while time was in doubt.",
          "事件 {index} 在时间存疑期间收回了激活 {activation}。"),
    entry(errc::time_confirmation_wrong, "time-confirmation-wrong",
          "Event {index} confirms time that was not in doubt, or undoes a confirmation that was not there or by "
          "another span.",
          "事件 {index} 确认了并未存疑的时间，或撤销了不存在的确认，或撤销的时间跨度不符。"),
    entry(errc::event_out_of_place, "event-out-of-place",
          "Event {index} is out of place: a ledger begins with its genesis and has one, and its events are dense.",
          "事件 {index} 位置不正确：账本以创世事件开始且仅有一个，事件编号必须连续。"),
    entry(errc::license_unreadable, "license-unreadable",
          "The licence or revocation {license} in event {index} cannot be read, or was imported before.",
          "事件 {index} 中的授权或吊销文件 {license} 无法读取，或此前已导入。"),
    entry(errc::report_wrong, "report-wrong",
          "Event {index} records a report of a time to come, or of events that were not there yet.",
          "事件 {index} 记录的报告针对将来的时间，或针对当时尚不存在的事件。"),
    Message{static_cast<int>(errc::statement_malformed),
            "statement-malformed",
            {"The statement is not well formed.", "Get it anew from whoever made it: `actledger report`."},
            {"席位报告格式不正确。", "请向制作者重新索取：`actledger report`。"}},
    Message{static_cast<int>(errc::statement_before_ledger),
            "statement-before-ledger",
            {"The ledger knows nothing of {at}: its first event is of {first}.",
             "Ask for that time or a later one. What was before is in the records of the product that ran then, or was "
             "lost with an earlier log (`actledger status`)."},
            {"账本没有 {at} 的记录：其第一条事件的时间为 {first}。",
             "请指定该时间或更晚的时间。更早的情况在当时所用产品的记录中，或已随先前的日志丢失（见 `actledger "
             "status`）。"}},
    Message{static_cast<int>(errc::statement_ahead),
            "statement-ahead",
            {"{at} has not come yet by the ledger's time: who will hold a seat then is not known.",
             "Ask for a time that has passed."},
            {"按账本时间，{at} 尚未到来：届时由谁占用席位尚不可知。", "请指定已经过去的时间。"}},
    Message{static_cast<int>(errc::state_malformed),
            "state-malformed",
            {"The stored state is not well formed.", "Make it again from the log: `actledger replay`."},
            {"存储的状态格式不正确。", "请由日志重新生成：运行 `actledger replay`。"}},
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"projections", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace projections
