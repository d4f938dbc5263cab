#include "io/pickle_machine.h"

#include <bit>
#include <charconv>
#include <string_view>
#include <utility>

#include "io/pickle_globals.h"
#include "io/pickle_opcodes.h"

namespace retort::io {
namespace {

constexpr size_t max_pickle_line = 1 << 16;
constexpr size_t max_persistent_id_items = 8;
constexpr size_t max_shown_name = 120;

// A name from a hostile file, fit for a terminal.
std::string shown_name(std::string_view name) {
  std::string shown;
  for (const char c : name.substr(0, max_shown_name)) shown += c >= ' ' && c < 127 ? c : '?';
  return shown;
}

class PickleMachine {
 public:
  PickleMachine(ByteReader& in, uint64_t max_bytes)
      : in_(in), stack_(in), begin_(in.position()), max_bytes_(max_bytes) {}

  PickleGraph run() {
    for (;;) {
      const auto opcode = static_cast<Opcode>(in_.read<uint8_t>());
      in_.require(in_.position() - begin_ <= max_bytes_, "the pickle is too large; bytes allowed", max_bytes_);
      if (opcode == Opcode::stop) return stack_.finish();
      const bool known = push_number(opcode) || push_text(opcode) || change_stack(opcode) || build_container(opcode) ||
                         use_memo(opcode) || use_global(opcode);
      if (!known) in_.fail(fmt::format("the pickle has opcode 0x{:02x}, which is refused", static_cast<int>(opcode)));
    }
  }

 private:
  using Opcode = PickleOpcode;

  void push_boolean(bool value) { stack_.push({.kind = PickleKind::boolean, .integer = value}); }
  void push_integer(int64_t value) { stack_.push({.kind = PickleKind::integer, .integer = value}); }
  void push_real(double value) { stack_.push({.kind = PickleKind::real, .real = value}); }

  // ---- groups of opcodes; each says whether the opcode was one of its own
  bool push_number(Opcode opcode) {
    switch (opcode) {
      case Opcode::proto:
        in_.require(in_.read<uint8_t>() <= 5, "the pickle's protocol is newer than 5");
        return true;
      case Opcode::frame:
        in_.skip(8);  // a hint for buffering
        return true;
      case Opcode::none:
        stack_.push({.kind = PickleKind::none});
        return true;
      case Opcode::new_true:
      case Opcode::new_false:
        push_boolean(opcode == Opcode::new_true);
        return true;
      case Opcode::bin_int:
        push_integer(in_.read<int32_t>());
        return true;
      case Opcode::bin_int1:
        push_integer(in_.read<uint8_t>());
        return true;
      case Opcode::bin_int2:
        push_integer(in_.read<uint16_t>());
        return true;
      case Opcode::long1:
        push_integer(little_endian(in_.take(in_.read<uint8_t>())));
        return true;
      case Opcode::long4:
        push_integer(little_endian(in_.take(in_.read<uint32_t>())));
        return true;
      case Opcode::bin_float:
        // The one big-endian value of the format.
        push_real(std::bit_cast<double>(__builtin_bswap64(in_.read<uint64_t>())));
        return true;
      default:
        return false;
    }
  }

  bool push_text(Opcode opcode) {
    switch (opcode) {
      case Opcode::int_line:
      case Opcode::long_line:
        push_integer_line(line());
        return true;
      case Opcode::float_line:
        push_real_line(line());
        return true;
      case Opcode::string_line:
      case Opcode::unicode_line:
        push_quoted_line(line(), opcode == Opcode::string_line);
        return true;
      case Opcode::short_bin_string:
      case Opcode::short_bin_unicode:
        stack_.push_text(PickleKind::text, in_.text(in_.read<uint8_t>()));
        return true;
      case Opcode::bin_string:
      case Opcode::bin_unicode:
        stack_.push_text(PickleKind::text, in_.text(in_.read<uint32_t>()));
        return true;
      case Opcode::bin_unicode8:
        stack_.push_text(PickleKind::text, in_.text(in_.read<uint64_t>()));
        return true;
      case Opcode::short_bin_bytes:
        stack_.push_text(PickleKind::bytes, in_.text(in_.read<uint8_t>()));
        return true;
      case Opcode::bin_bytes:
        stack_.push_text(PickleKind::bytes, in_.text(in_.read<uint32_t>()));
        return true;
      case Opcode::bin_bytes8:
        stack_.push_text(PickleKind::bytes, in_.text(in_.read<uint64_t>()));
        return true;
      default:
        return false;
    }
  }

  bool change_stack(Opcode opcode) {
    switch (opcode) {
      case Opcode::mark:
        stack_.mark();
        return true;
      case Opcode::pop:
        stack_.pop_value_or_mark();
        return true;
      case Opcode::pop_mark:
        stack_.pop_to_mark();
        return true;
      case Opcode::dup:
        stack_.duplicate_top();
        return true;
      default:
        return false;
    }
  }

  bool build_container(Opcode opcode) {
    switch (opcode) {
      case Opcode::empty_list:
        stack_.push({.kind = PickleKind::list});
        return true;
      case Opcode::empty_tuple:
        stack_.push({.kind = PickleKind::tuple});
        return true;
      case Opcode::empty_dict:
        stack_.push({.kind = PickleKind::dict});
        return true;
      case Opcode::list:
        stack_.push_items(PickleKind::list, stack_.pop_to_mark());
        return true;
      case Opcode::tuple:
        stack_.push_items(PickleKind::tuple, stack_.pop_to_mark());
        return true;
      case Opcode::tuple1:
        stack_.push_items(PickleKind::tuple, stack_.pop_several(1));
        return true;
      case Opcode::tuple2:
        stack_.push_items(PickleKind::tuple, stack_.pop_several(2));
        return true;
      case Opcode::tuple3:
        stack_.push_items(PickleKind::tuple, stack_.pop_several(3));
        return true;
      case Opcode::dict:
        stack_.push_items(PickleKind::dict, stack_.pop_to_mark());
        return true;
      case Opcode::append:
        stack_.extend_top(PickleKind::list, stack_.pop_several(1));
        return true;
      case Opcode::appends:
        stack_.extend_top(PickleKind::list, stack_.pop_to_mark());
        return true;
      case Opcode::set_item:
        stack_.extend_top(PickleKind::dict, stack_.pop_several(2));
        return true;
      case Opcode::set_items:
        stack_.extend_top(PickleKind::dict, stack_.pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool use_memo(Opcode opcode) {
    switch (opcode) {
      case Opcode::put_line:
        stack_.memoize(line_number());
        return true;
      case Opcode::bin_put:
        stack_.memoize(in_.read<uint8_t>());
        return true;
      case Opcode::long_bin_put:
        stack_.memoize(in_.read<uint32_t>());
        return true;
      case Opcode::memoize:
        stack_.memoize_next();
        return true;
      case Opcode::get_line:
        stack_.recall(line_number());
        return true;
      case Opcode::bin_get:
        stack_.recall(in_.read<uint8_t>());
        return true;
      case Opcode::long_bin_get:
        stack_.recall(in_.read<uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool use_global(Opcode opcode) {
    switch (opcode) {
      case Opcode::global: {
        const std::string module(line());
        push_global(module, line());
        return true;
      }
      case Opcode::stack_global: {
        const PickleNodeId name = stack_.pop(), module = stack_.pop();
        in_.require(stack_.node(module).kind == PickleKind::text && stack_.node(name).kind == PickleKind::text,
                    "the pickle names something by no text");
        const std::string module_text = stack_.node(module).text, name_text = stack_.node(name).text;
        push_global(module_text, name_text);
        return true;
      }
      case Opcode::inst: {
        const std::string module(line());
        refuse(module, line());
      }
      case Opcode::reduce:
      case Opcode::new_object: {
        const PickleNodeId arguments = stack_.pop(), callable = stack_.pop();
        call(callable, arguments);
        return true;
      }
      case Opcode::build: {
        const PickleNodeId state = stack_.pop();
        if (stack_.top().kind == PickleKind::numpy_array || stack_.top().kind == PickleKind::numpy_dtype) {
          set_numpy_state(stack_.node(state));
          return true;
        }
        // PyTorch hangs a `_metadata` dict on state dicts; anything else with a state would be an object.
        in_.require(stack_.top().kind == PickleKind::dict && stack_.node(state).kind == PickleKind::dict,
                    "the pickle sets the state of an object, which is refused");
        return true;
      }
      case Opcode::bin_persistent_id: {
        const PickleNodeId id = stack_.pop();
        const PickleNode& reference = stack_.node(id);
        in_.require(reference.kind == PickleKind::tuple && reference.items.size() <= max_persistent_id_items,
                    "the pickle's storage reference is malformed");
        stack_.push_items(PickleKind::storage, reference.items);
        return true;
      }
      default:
        return false;
    }
  }

  // ---- pieces of the above
  std::string_view line() { return in_.text_until('\n', max_pickle_line); }

  uint64_t line_number() {
    const auto text = line();
    uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    in_.require(result.ec == std::errc() && result.ptr == text.data() + text.size(),
                "the pickle has a bad memo number");
    return value;
  }

  int64_t little_endian(std::span<const uint8_t> bytes) {
    in_.require(bytes.size() <= 8, "the pickle has an integer of more than 64 bits");
    if (bytes.empty()) return 0;
    uint64_t value = bytes.back() & 0x80 ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i-- > 0;) value = (value << 8) | bytes[i];
    return static_cast<int64_t>(value);
  }

  void push_integer_line(std::string_view text) {
    if (text == "00" || text == "01") return push_boolean(text == "01");
    if (text.ends_with('L')) text.remove_suffix(1);
    int64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    in_.require(result.ec == std::errc() && result.ptr == text.data() + text.size(), "the pickle has a bad integer");
    push_integer(value);
  }

  void push_real_line(std::string_view text) {
    double value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    in_.require(result.ec == std::errc() && result.ptr == text.data() + text.size(), "the pickle has a bad number");
    push_real(value);
  }

  // Protocol 0 only, which PyTorch never writes; escapes are not worth their code.
  void push_quoted_line(std::string_view text, bool quoted) {
    in_.require(text.find('\\') == std::string_view::npos, "the pickle has a text with escapes, which can't be read");
    if (quoted) {
      in_.require(text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front(),
                  "the pickle has a badly quoted text");
      text = text.substr(1, text.size() - 2);
    }
    stack_.push_text(PickleKind::text, text);
  }

  [[noreturn]] void refuse(std::string_view module, std::string_view name) {
    user_error(
        "{}: wants Python's {}.{}: refused, for it could run any code; only tensors, containers, numbers and "
        "texts are read",
        in_.name(), shown_name(module), shown_name(name));
  }

  void push_global(std::string_view module, std::string_view name) {
    const std::string dotted = fmt::format("{}.{}", module, name);
    if (!pickle_global(dotted)) refuse(module, name);
    stack_.push_text(PickleKind::global, dotted);
  }

  // "Calls" an allowed name: describes what Python would have built.
  void call(PickleNodeId callable, PickleNodeId arguments) {
    const std::string name = stack_.node(callable).text;
    in_.require(stack_.node(callable).kind == PickleKind::global, "the pickle calls something that is no function");
    in_.require(stack_.node(arguments).kind == PickleKind::tuple, "the pickle calls with no tuple of arguments");
    const auto& items = stack_.node(arguments).items;
    switch (*pickle_global(name)) {
      case PickleGlobal::tensor_builder:
        in_.require(items.size() >= 4, "the pickle builds a tensor from too few arguments");
        return stack_.push_items(PickleKind::tensor, {items.begin(), items.begin() + 4});
      case PickleGlobal::parameter_builder:
      case PickleGlobal::size_type:
        in_.require(!items.empty(), "the pickle builds a parameter or torch.Size from nothing");
        return stack_.push_known(items.front());
      case PickleGlobal::ordered_dict:
        return stack_.push_items(PickleKind::dict, ordered_dict_items(items));
      case PickleGlobal::numpy_builder:
        return stack_.push({.kind = PickleKind::numpy_array});
      case PickleGlobal::numpy_dtype:
        in_.require(!items.empty() && stack_.node(items.front()).kind == PickleKind::text,
                    "the pickle builds a NumPy dtype from no name");
        return stack_.push({.kind = PickleKind::numpy_dtype, .text = stack_.node(items.front()).text});
      case PickleGlobal::numpy_array_type:
      case PickleGlobal::storage_type:
      case PickleGlobal::dtype:
        in_.fail(fmt::format("the pickle calls {}, which is refused", name));
    }
  }

  // What NumPy's __setstate__ of an array or a dtype would take. Only the first state counts, as for fresh objects.
  void set_numpy_state(const PickleNode& state) {
    in_.require(state.kind == PickleKind::tuple, "the pickle gives a NumPy object a state that is no tuple");
    PickleNode filled = stack_.top();
    if (filled.kind == PickleKind::numpy_array) {
      in_.require(state.items.size() == 5 && filled.items.empty(), "the pickle's NumPy array is malformed");
      filled.items = state.items;
    } else {
      const auto is_none = [&](size_t i) { return stack_.node(state.items[i]).kind == PickleKind::none; };
      in_.require(state.items.size() >= 5 && is_none(2) && is_none(3) && is_none(4),
                  "the pickle's NumPy dtype is malformed or has fields, which can't be read");
      const std::string& order = stack_.node(state.items[1]).text;
      in_.require(order.size() == 1 && filled.text.size() == 2, "the pickle's NumPy dtype is malformed");
      filled.text = order + filled.text;
    }
    stack_.replace_top(std::move(filled));
  }

  // OrderedDict() or, from Python 2, OrderedDict([[key, value], ...]).
  std::vector<PickleNodeId> ordered_dict_items(const std::vector<PickleNodeId>& arguments) {
    std::vector<PickleNodeId> items;
    if (arguments.empty()) return items;
    const PickleNode& pairs = stack_.node(arguments.front());
    in_.require(pairs.kind == PickleKind::list, "the pickle builds an OrderedDict from no list");
    for (const PickleNodeId id : pairs.items) {
      const PickleNode& pair = stack_.node(id);
      in_.require((pair.kind == PickleKind::list || pair.kind == PickleKind::tuple) && pair.items.size() == 2,
                  "the pickle builds an OrderedDict from no pairs");
      items.insert(items.end(), pair.items.begin(), pair.items.end());
    }
    return items;
  }

  ByteReader& in_;
  PickleStack stack_;
  size_t begin_;
  uint64_t max_bytes_;
};

}  // namespace

PickleGraph run_pickle(ByteReader& in, uint64_t max_bytes) { return PickleMachine(in, max_bytes).run(); }

}  // namespace retort::io
