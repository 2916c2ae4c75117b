#include "api/log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <ctime>

#include "api/json_text.hpp"

namespace api {
namespace {

// Between log() and the formatter, fields travel in the payload: <marker>event<unit>name<unit>value…, where a value
// begins with its type. None of these bytes is ever written out.
constexpr char marker = '\x1e';
constexpr char unit = '\x1f';
constexpr char text_type = 's';
constexpr char number_type = 'n';

void append_clean(std::string& out, std::string_view text) {
    for (const char c : text) out += c == unit || c == marker ? ' ' : c;
}

std::string_view next_part(std::string_view& rest) {
    const auto end = rest.find(unit);
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return part;
}

std::string time_text(spdlog::log_clock::time_point time) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = us / 1'000'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, us % 1'000'000);
}

std::string_view level_text(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::info:
            return "info";
        case spdlog::level::warn:
            return "warning";
        default:
            return "error";
    }
}

void append_field(std::string& out, LogFormat format, std::string_view name, std::string_view typed) {
    const bool number = typed.starts_with(number_type);
    const std::string_view value = typed.substr(std::min<std::size_t>(1, typed.size()));
    if (format == LogFormat::json) {
        out += ',';
        append_json_string(out, name);
        out += ':';
    } else {
        out.append(" ").append(name).append("=");
    }
    if (number) {
        out += value;
    } else {
        append_json_string(out, value);
    }
}

class Formatter final : public spdlog::formatter {
 public:
    explicit Formatter(LogFormat format) : format_(format) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
        std::string_view payload(message.payload.data(), message.payload.size());
        const bool structured = payload.starts_with(marker);
        if (structured) payload.remove_prefix(1);
        std::string line;
        if (format_ == LogFormat::json) {
            line.append("{\"time\":\"").append(time_text(message.time)).append("\",\"level\":\"");
            line.append(level_text(message.level)).append(structured ? "\",\"event\":" : "\",\"message\":");
            append_json_string(line, structured ? next_part(payload) : payload);
        } else {
            line.append(time_text(message.time)).append(" ").append(level_text(message.level)).append(" ");
            for (const char c : structured ? next_part(payload) : payload)
                line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        }
        while (structured && !payload.empty()) {
            const std::string_view name = next_part(payload);
            append_field(line, format_, name, next_part(payload));
        }
        line.append(format_ == LogFormat::json ? "}\n" : "\n");
        to.append(line.data(), line.data() + line.size());
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<Formatter>(format_);
    }

 private:
    LogFormat format_;
};

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    auto* const logger = spdlog::default_logger_raw();
    if (logger == nullptr || !logger->should_log(level_of(level))) return;
    std::string payload(1, marker);
    append_clean(payload, event);
    for (const LogField& field : fields) {
        payload += unit;
        append_clean(payload, field.name);
        payload += unit;
        if (const auto* text = std::get_if<std::string_view>(&field.value)) {
            payload += text_type;
            append_clean(payload, *text);
        } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
            payload.append(1, number_type).append(std::to_string(*integer));
        } else {
            payload.append(1, number_type).append(fmt::format("{:.6g}", std::get<double>(field.value)));
        }
    }
    logger->log(level_of(level), spdlog::string_view_t(payload));
}

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format) { return std::make_unique<Formatter>(format); }

}  // namespace api
