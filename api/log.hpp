#pragma once
// api/log.hpp: structured log lines through spdlog: an event's name and fields, as JSON or as text. Secrets, PINs,
// keys, raw components, device names and addresses are never fields.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class formatter;
}

namespace api {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { json, text };

struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double> value;

    LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
    LogField(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    LogField(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    template <class Number>
    requires std::is_integral_v<Number> LogField(std::string_view n, Number v)
        : name(n), value(static_cast<std::int64_t>(v)) {}
    LogField(std::string_view n, double v) : name(n), value(v) {}
};

/// One line at the default logger. Any thread.
/// @param event  lower case with hyphens: "server-started".
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// Time (UTC, microseconds), level, event, fields. A line that was not written by log() becomes {"message": …}.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format);

}  // namespace api
