import { useUser } from "./client";
import { SignIn } from "./sign-in";
import { TodoList } from "./todo-list";

export function App() {
  const user = useUser();
  return user ? <TodoList key={user.id} user={user} /> : <SignIn />;
}
