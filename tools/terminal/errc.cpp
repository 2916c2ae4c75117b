#include "tools/terminal/errc.hpp"

#include <array>

namespace terminal {
namespace {

constexpr ledger::Message entry(errc value, std::string_view code, ledger::MessageText english,
                                ledger::MessageText chinese) {
    return {static_cast<int>(value), code, english, chinese};
}

constexpr std::array messages{
    entry(errc::no_terminal, "no-terminal",
          {"This needs an answer from a person, and there is no terminal to ask on.",
           "Run it in a terminal, or give the answer by the option that the help names."},
          {"此操作需要人工回答，但当前没有终端。", "请在终端中运行，或使用帮助中说明的选项给出答案。"}),
    entry(errc::not_confirmed, "not-confirmed",
          {"It was not confirmed; nothing was changed.", "Run it again and type exactly what is asked for."},
          {"未确认，未作任何改动。", "请重新运行，并准确输入所要求的内容。"}),
    entry(errc::file_unreadable, "file-unreadable",
          {"{path} cannot be read: {reason}.", "Check the path and its permissions."},
          {"无法读取 {path}：{reason}。", "请检查路径及其权限。"}),
    entry(errc::file_unwritable, "file-unwritable",
          {"{path} cannot be written: {reason}.", "Check the folder, its permissions and the free space."},
          {"无法写入 {path}：{reason}。", "请检查目录、权限和剩余空间。"}),
    entry(errc::argument_unknown, "argument-unknown",
          {"The command line has something that is not known here: {arguments}.", "See {help}"},
          {"命令行中有此处无法识别的内容：{arguments}。", "用法见 {help}"}),
    entry(errc::argument_missing, "argument-missing", {"The command line is not complete: {reason}.", "See {help}"},
          {"命令行不完整：{reason}。", "用法见 {help}"}),
    entry(errc::argument_invalid, "argument-invalid",
          {"The command line has a value that cannot be used: {reason}.", "See {help}"},
          {"命令行中有无法使用的值：{reason}。", "用法见 {help}"}),
    entry(errc::command_line_wrong, "command-line-wrong", {"The command line is wrong: {reason}.", "See {help}"},
          {"命令行有误：{reason}。", "用法见 {help}"}),
};

}  // namespace

const ledger::MessageCategory& category() {
    static const ledger::MessageCategory instance{"terminal", messages};
    return instance;
}

std::error_code make_error_code(errc value) { return {static_cast<int>(value), category()}; }

}  // namespace terminal
