#include "tools/client/seat_report.hpp"

#include <boost/json.hpp>

#include "ledger/core/time_text.hpp"
#include "tools/client/errc.hpp"

namespace client {
namespace {

namespace json = boost::json;
using ledger::Language;

std::string lease_text(const SeatReport& report, Language language) {
    const auto& seat = report.file.seat();
    const bool chinese = language == Language::chinese;
    const auto ends = ledger::time_text_seconds(seat.lease_ends);
    const auto grace = ledger::time_text_seconds(seat.grace_ends);
    const auto days = std::to_string(days_left(seat.lease_ends, report.now));
    const auto grace_days = std::to_string(days_left(seat.grace_ends, report.now));
    switch (standing_of(seat, report.now)) {
        case LeaseStanding::perpetual:
            return chinese ? "永久有效" : "without end";
        case LeaseStanding::running:
            return chinese ? "至 " + ends + "，剩余 " + days + " 天" : "until " + ends + ", " + days + " days left";
        case LeaseStanding::grace:
            return chinese ? "已于 " + ends + " 结束；宽限期至 " + grace + "，剩余 " + grace_days + " 天"
                           : "ended on " + ends + "; grace until " + grace + ", " + grace_days + " days left";
        case LeaseStanding::over:
            break;
    }
    return chinese ? "已于 " + ends + " 结束，宽限期已于 " + grace + " 结束"
                   : "ended on " + ends + ", grace on " + grace;
}

std::string device_text(const DeviceMatch& match, Language language) {
    const bool chinese = language == Language::chinese;
    std::string text;
    switch (match.key) {
        case DeviceMatch::Key::same:
            text = chinese ? "密钥相符" : "key agrees";
            break;
        case DeviceMatch::Key::other:
            text = chinese ? "密钥不同" : "key is another";
            break;
        case DeviceMatch::Key::unknown:
            text = chinese ? "密钥不可读" : "key not readable";
            break;
    }
    if (!match.agreeing) return text;
    const auto of = std::to_string(*match.agreeing) + "/" + std::to_string(match.components);
    return text + (chinese ? "，硬件特征相符 " + of : ", components agreeing " + of);
}

std::string headline(const SeatReport& report, Language language) {
    const auto state = state_name(report);
    const bool chinese = language == Language::chinese;
    if (state == "other_device")
        return chinese ? "未激活：文件属于另一台设备" : "Not activated: the file is another machine's";
    if (state == "lease_over") return chinese ? "未激活：租期已结束" : "Not activated: the lease is over";
    if (state == "grace") return chinese ? "已激活，处于宽限期：请续租" : "Activated, in grace: renew soon";
    return chinese ? "已激活" : "Activated";
}

std::string_view name_of(DeviceMatch::Key key) {
    switch (key) {
        case DeviceMatch::Key::same:
            return "same";
        case DeviceMatch::Key::other:
            return "other";
        case DeviceMatch::Key::unknown:
            break;
    }
    return "unknown";
}

}  // namespace

std::string_view state_name(const SeatReport& report) {
    if (report.device && !report.device->is_this_machine()) return "other_device";
    switch (standing_of(report.file.seat(), report.now)) {
        case LeaseStanding::over:
            return "lease_over";
        case LeaseStanding::grace:
            return "grace";
        default:
            return "active";
    }
}

std::string human_text(const SeatReport& report, Language language) {
    const auto& verified = report.file.verified;
    const auto& seat = report.file.seat();
    std::string text = headline(report, language) + "\n";
    const auto line = [&](std::string_view english, std::string_view chinese, const std::string& value) {
        text.append("  ").append(language == Language::chinese ? chinese : english).append(value) += '\n';
    };
    line("product      ", "产品      ", seat.product);
    line("lease        ", "租期      ", lease_text(report, language));
    line("activation   ", "激活编号  ", seat.activation_id.text());
    line("license      ", "授权      ", seat.license_id);
    line("server       ", "服务器    ", verified.origin.text());
    line("event        ", "事件      ",
         std::to_string(verified.event.sequence_number.value) + ", " + ledger::time_text_seconds(verified.event.time));
    if (report.device) line("this machine ", "本机      ", device_text(*report.device, language));
    if (report.evidence) {
        line("WARNING      ", "警告      ",
             language == Language::chinese ? "服务器历史曾自相矛盾，证据已保存"
                                           : "the server's history contradicted itself; evidence is kept");
    }
    return text;
}

std::string json_text(const SeatReport& report) {
    const auto& verified = report.file.verified;
    const auto& seat = report.file.seat();
    json::object lease{{"kind", seat.lease_ends.us == 0 ? "perpetual" : "days"}};
    if (seat.lease_ends.us != 0) {
        lease["ends_at"] = ledger::time_text(seat.lease_ends);
        lease["grace_ends_at"] = ledger::time_text(seat.grace_ends);
        lease["days_left"] = days_left(seat.lease_ends, report.now);
        lease["grace_days_left"] = days_left(seat.grace_ends, report.now);
    }
    json::object object{{"state", state_name(report)},
                        {"product", seat.product},
                        {"activation_id", seat.activation_id.text()},
                        {"license_id", seat.license_id},
                        {"origin", verified.origin.text()},
                        {"index", verified.event.sequence_number.value},
                        {"event_time", ledger::time_text(verified.event.time)},
                        {"lease", std::move(lease)}};
    if (report.device) {
        json::object device{{"key", name_of(report.device->key)}, {"components", report.device->components}};
        if (report.device->agreeing) device["components_agreeing"] = *report.device->agreeing;
        object["device"] = std::move(device);
        object["evidence"] = report.evidence;
    }
    return json::serialize(object) + "\n";
}

std::optional<ledger::Error> shortcoming(const SeatReport& report) {
    const auto state = state_name(report);
    const auto& seat = report.file.seat();
    if (state == "other_device") {
        return ledger::Error{errc::device_other,
                             "",
                             {{"agreeing", std::to_string(report.device->agreeing.value_or(0))},
                              {"components", std::to_string(report.device->components)}}};
    }
    if (state == "lease_over") {
        return ledger::Error{errc::lease_over,
                             "",
                             {{"lease_ends", ledger::time_text_seconds(seat.lease_ends)},
                              {"grace_ends", ledger::time_text_seconds(seat.grace_ends)}}};
    }
    return std::nullopt;
}

}  // namespace client
