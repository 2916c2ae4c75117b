#include "tools/config/errc.hpp"

#include <array>

namespace config {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::unreadable, "config-unreadable",
          {"The configuration {file} cannot be read: {reason}.",
           "Name the right file with --config, and check its permissions."},
          {"无法读取配置文件 {file}：{reason}。", "请用 --config 指定正确的文件，并检查其权限。"}),
    entry(errc::syntax, "config-syntax",
          {"{file}, line {line}: this is not TOML: {reason}.",
           "Correct the line; `actledgerd --check-config` tells whether it is right."},
          {"{file} 第 {line} 行不是合法的 TOML：{reason}。", "请改正该行；可用 `actledgerd --check-config` 检查。"}),
    entry(errc::unknown_key, "config-unknown-key",
          {"{file}, line {line}: there is no key `{key}`.",
           "Correct its spelling, or remove it; the manual lists all keys."},
          {"{file} 第 {line} 行：没有名为 `{key}` 的配置项。", "请检查拼写或删除；手册列出了全部配置项。"}),
    entry(errc::wrong_type, "config-wrong-type",
          {"{file}, line {line}: `{key}` must be {expected}.", "Correct the value."},
          {"{file} 第 {line} 行：`{key}` 的值必须是 {expected}。", "请改正该值。"}),
    entry(errc::out_of_range, "config-out-of-range",
          {"{file}, line {line}: `{key}` must be {expected}.", "Choose a value in the range."},
          {"{file} 第 {line} 行：`{key}` 的取值必须是 {expected}。", "请在允许的范围内取值。"}),
    entry(errc::missing_key, "config-missing-key",
          {"{file}: the key `{key}` is missing, and it has no default.",
           "Add it; tools/packaging/actledgerd.toml is an example."},
          {"{file}：缺少配置项 `{key}`，且该项没有默认值。", "请添加该项；示例见 tools/packaging/actledgerd.toml。"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"config", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace config
