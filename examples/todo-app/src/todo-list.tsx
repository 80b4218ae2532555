import type { User } from "@backendify/client";
import { type FormEvent, useEffect, useState, useSyncExternalStore } from "react";

import { client } from "./client";
import { Cross, Mark } from "./icons";
import { type Shown, type State, TodoStore } from "./todos";

const FILTERS = {
  all: { label: "All", empty: "Nothing to do. Enjoy it, or add something.", holds: () => true },
  open: { label: "Open", empty: "All done.", holds: (todo: Shown) => !todo.done },
  done: { label: "Done", empty: "Nothing is done yet.", holds: (todo: Shown) => todo.done },
};
type FilterName = keyof typeof FILTERS;

export function TodoList({ user }: { user: User }) {
  const [store] = useState(() => new TodoStore(user.id));
  useEffect(() => store.start(), [store]);
  const state = useSyncExternalStore(store.subscribe, store.state);
  const [filter, setFilter] = useState<FilterName>("all");
  const shown = state.todos.filter(FILTERS[filter].holds);
  const open = state.todos.filter((todo) => !todo.done).length;
  return (
    <main className="page">
      <header>
        <Mark />
        <div className="grow">
          <h1>Todos</h1>
          <p className="muted ellipsis">{user.email}</p>
        </div>
        <Connection state={state} />
        <button
          type="button"
          onClick={() => {
            store.leave();
            void client.auth.logout();
          }}
        >
          Sign out
        </button>
      </header>
      <AddForm onAdd={(title) => store.add(title)} />
      {state.error && (
        <p className="error" role="alert">
          {state.error}{" "}
          <button type="button" className="link" onClick={() => store.forgetError()}>
            Dismiss
          </button>
        </p>
      )}
      <section className="card list" aria-label="Your todos">
        {shown.length > 0 ? (
          <ul>
            {shown.map((todo) => (
              <Item key={todo.id} todo={todo} store={store} />
            ))}
          </ul>
        ) : (
          <p className="empty muted">{state.loaded ? FILTERS[filter].empty : "Loading…"}</p>
        )}
        <footer>
          <span className="muted">{open === 1 ? "1 to do" : `${open} to do`}</span>
          <Filters value={filter} onChange={setFilter} />
        </footer>
      </section>
    </main>
  );
}

/** Whether what is seen here is what there is. */
function Connection({ state }: { state: State }) {
  const { live, waiting } = state;
  const word = live ? "Live" : "Offline";
  return (
    <span className={live ? "pill live" : "pill"} role="status">
      {waiting > 0 ? `${word}, ${waiting} waiting` : word}
    </span>
  );
}

function AddForm({ onAdd }: { onAdd: (title: string) => void }) {
  const [title, setTitle] = useState("");
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (title.trim()) onAdd(title.trim());
    setTitle("");
  }
  return (
    <form className="add" onSubmit={submit}>
      <input
        aria-label="What is to be done?"
        placeholder="What is to be done?"
        value={title}
        maxLength={200}
        autoFocus
        onChange={(event) => setTitle(event.target.value)}
      />
      <button className="primary">Add</button>
    </form>
  );
}

function Item({ todo, store }: { todo: Shown; store: TodoStore }) {
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={todo.done}
          onChange={(event) => store.setDone(todo.id, event.target.checked)}
        />
        <span>
          <span className="title">{todo.title}</span>
          {todo.waiting && <span className="note">not sent yet</span>}
        </span>
      </label>
      <button
        type="button"
        className="quiet"
        aria-label={`Delete ${todo.title}`}
        onClick={() => store.remove(todo.id)}
      >
        <Cross />
      </button>
    </li>
  );
}

function Filters({ value, onChange }: { value: FilterName; onChange: (name: FilterName) => void }) {
  return (
    <div className="filters" role="group" aria-label="Show">
      {(Object.keys(FILTERS) as FilterName[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === value}
          onClick={() => onChange(name)}
        >
          {FILTERS[name].label}
        </button>
      ))}
    </div>
  );
}
